/** The challenges that are shown to a certificate authority: in TLS (TLS-ALPN-01, RFC 8737) and over HTTP (HTTP-01). */
import { type CertifiedKey, selfSigned } from './x509.ts';

/** The protocol that an authority asks for (RFC 8737, section 3). */
export const ACME_PROTOCOL = 'acme-tls/1';

/** Challenges that are shown now. */
export interface Challenges {
  /** Shows a challenge under a host name. @returns ends that @param now unix milliseconds */
  show(name: string, keyAuthorization: string, now: number): Promise<() => void>;
  /** The certificate for a name that shows its challenge; null: none is shown. */
  pairFor(name: string): CertifiedKey | null;
  /** Answers a token over HTTP. @returns ends that */
  answer(token: string, keyAuthorization: string): () => void;
  /** The answer to a token; null: it is unknown. */
  answerTo(token: string): string | null;
}

/** Makes the challenges of a server. */
export function createChallenges(): Challenges {
  const shown = new Map<string, CertifiedKey>();
  const answers = new Map<string, string>();
  return {
    async show(name, keyAuthorization, now) {
      const pair = await selfSigned([name], now, keyAuthorization);
      shown.set(name, pair);
      return () => {
        if (shown.get(name) === pair) shown.delete(name);
      };
    },
    pairFor: (name) => shown.get(name.toLowerCase()) ?? null,
    answer(token, keyAuthorization) {
      answers.set(token, keyAuthorization);
      return () => void answers.delete(token);
    },
    answerTo: (token) => answers.get(token) ?? null,
  };
}
