/** Chooses the certificate of a handshake: by the name that a client asks for, or the challenge that an authority asks for. */
import type { SecureContext, TLSSocket } from 'node:tls';
import { ACME_PROTOCOL, type Challenges } from '../../services/certificates/challenges.ts';

type SniAnswer = (error: Error | null, context?: SecureContext) => void;

/** The options of a TLS server that choose. Node calls both as methods of the socket. */
export interface CertificateChoice {
  SNICallback(this: TLSSocket, serverName: string, answer: SniAnswer): void;
  ALPNCallback(this: TLSSocket, asked: { servername: string; protocols: string[] }): string | undefined;
}

const HTTP = 'http/1.1';

/**
 * Chooses certificates. A client that asks for `acme-tls/1` gets the challenge of the name (RFC 8737), all others the
 * certificate of the name. With TLS 1.3 Node asks for the protocol first, with TLS 1.2 for the name.
 * @param contextFor the certificate for a name; null: the default one
 */
export function chooseCertificate(
  contextFor: (serverName: string) => SecureContext | null,
  challenges: Pick<Challenges, 'pairFor'> = { pairFor: () => null },
): CertificateChoice {
  const challenged = new WeakSet<TLSSocket>();
  return {
    SNICallback(serverName, answer) {
      // A context would replace the challenge.
      answer(null, challenged.has(this) ? undefined : (contextFor(serverName) ?? undefined));
    },
    ALPNCallback({ servername, protocols }) {
      const challenge = protocols.includes(ACME_PROTOCOL) && servername ? challenges.pairFor(servername) : null;
      if (!challenge) return protocols.includes(HTTP) ? HTTP : undefined;
      challenged.add(this);
      this.setKeyCert(challenge);
      return ACME_PROTOCOL;
    },
  };
}
