/** Speaks ACME (RFC 8555) with a certificate authority: signed requests with nonces. */
import type { KeyObject } from 'node:crypto';
import type { PeerResponse } from '../http/peer-response.ts';
import type { Requester } from '../http/request.ts';
import { type Directory, invalid, parseDirectory, parseRenewalInfo } from './acme-answer.ts';
import { acmeRefusal, problemType } from './acme-refusal.ts';

/** The binding to an account that the owner has with the authority by other ways (section 7.3.4). */
export interface ExternalAccount {
  kid: string;
  /** The MAC key. */
  key: Uint8Array;
}

/** How to speak with an authority. */
export interface AuthorityOptions {
  requester: Pick<Requester, 'get' | 'send'>;
  /** The URL of its directory. */
  url: string;
  /** The private key of the account, P-256. */
  key: KeyObject;
  publicKey: KeyObject;
  /** The URL of the account; null: there is none yet. */
  account: string | null;
  /** Unix milliseconds. */
  now: () => number;
  signal: AbortSignal;
}

/** An authority that is spoken with as one account. */
export interface Authority {
  readonly directory: Directory;
  /** The hash of the account's key, for challenges (section 8.1). */
  readonly thumbprint: string;
  /** The URL of the account; null before {@link Authority.register}. */
  readonly account: string | null;
  /** Makes an account, or finds that of the key. @throws CloudilloError `acme.*`, those of the request module */
  register(input: { email: string | null; external: ExternalAccount | null }): Promise<string>;
  /** Asks as the account. @param payload null: a question without content (POST-as-GET). It throws as `register` */
  ask(url: string, payload: object | null, accept?: string): Promise<PeerResponse>;
  /** When to renew a certificate, and for how many seconds that holds. @param url as {@link renewalUrl} makes it */
  renewalInfo(url: string): Promise<{ start: number; end: number; retryAfter: string | null }>;
}

const TRIES = 4;
/** The request module would turn a refusal into an error without the problem that it holds. */
const anyStatus = (): number[] => [200, 400, 500].flatMap((from) => Array.from({ length: 100 }, (_, at) => from + at));
const NO_ACCOUNT = 'accountDoesNotExist';

/** Reads the directory. @throws CloudilloError `acme.*`, those of the request module */
export async function openAuthority(options: AuthorityOptions): Promise<Authority> {
  const { calculateJwkThumbprint, FlattenedSign, exportJWK } = await import('jose');
  const { requester, signal, now, key } = options;
  const jwk = await exportJWK(options.publicKey);
  const call = { expect: anyStatus(), retryPolicy: null, signal };
  const directory = parseDirectory(succeeded(await requester.get(options.url, call)));
  const nonces: string[] = [];
  let account = options.account;

  const nonce = async (): Promise<string> => {
    const known = nonces.pop();
    if (known !== undefined) return known;
    const response = succeeded(await requester.send('HEAD', directory.newNonce, undefined, call));
    return response.headers['replay-nonce'] ?? fail(response, 'it gives no nonce');
  };

  const post = async (url: string, payload: object | null, accept?: string): Promise<PeerResponse> => {
    const content = payload === null ? new Uint8Array() : Buffer.from(JSON.stringify(payload));
    for (let attempt = 1; ; attempt++) {
      // Section 6.2: an account that isn't there yet is named by its key.
      const who = account === null || url === directory.newAccount ? { jwk } : { kid: account };
      const header = { alg: 'ES256', nonce: await nonce(), url, ...who };
      const signed = await new FlattenedSign(content).setProtectedHeader(header).sign(key);
      const response = await requester.send('POST', url, Buffer.from(JSON.stringify(signed)), {
        ...call,
        headers: { 'Content-Type': 'application/jose+json', ...(accept !== undefined && { Accept: accept }) },
      });
      const fresh = response.headers['replay-nonce'];
      if (fresh !== undefined) nonces.push(fresh);
      if (response.status < 400) return response;
      const error = acmeRefusal(response, now());
      // Section 6.5: the nonce of the refusal is good, and the same request may be sent again.
      if (problemType(error) !== 'badNonce' || attempt === TRIES) throw error;
    }
  };

  const bind = async ({ kid, key: mac }: ExternalAccount) =>
    new FlattenedSign(Buffer.from(JSON.stringify(jwk)))
      .setProtectedHeader({ alg: 'HS256', kid, url: directory.newAccount })
      .sign(mac);

  const register: Authority['register'] = async ({ email, external }) => {
    const response = await post(directory.newAccount, {
      termsOfServiceAgreed: true,
      ...(email !== null && { contact: [`mailto:${email}`] }),
      ...(external && { externalAccountBinding: await bind(external) }),
    });
    account = response.headers['location'] ?? fail(response, 'it names no account');
    return account;
  };

  function succeeded(response: PeerResponse): PeerResponse {
    if (response.status >= 400) throw acmeRefusal(response, now());
    return response;
  }

  return {
    directory,
    thumbprint: await calculateJwkThumbprint(jwk),
    get account() {
      return account;
    },
    register,
    ask: post,
    async renewalInfo(url) {
      const response = succeeded(await requester.get(url, call));
      return { ...parseRenewalInfo(response), retryAfter: response.headers['retry-after'] ?? null };
    },
  };
}

/** Whether the authority doesn't know the account any more: it was set up anew. */
export function isUnknownAccount(error: unknown): boolean {
  return problemType(error) === NO_ACCOUNT;
}

function fail(response: PeerResponse, reason: string): never {
  throw invalid(response, reason);
}
