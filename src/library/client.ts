/**
 * `cloudillo/client`: calls to other instances for other programs, without a home. They go over https only, to public addresses
 * only, and are limited in time and size.
 */
import { type Network, PUBLIC_NETWORK, parseNetwork } from '../federation/http/network.ts';
import type { PeerResponse } from '../federation/http/peer-response.ts';
import { createRequester } from '../federation/http/request.ts';
import { createKeyResolver } from '../federation/keys/key-resolver.ts';
import { createPeerApi } from '../federation/peer/api.ts';
import { peerUrl } from '../federation/peer/peer-url.ts';
import type { Clock } from '../protocol/clock.ts';
import { exportPublicKey } from '../protocol/keys.ts';
import type { Profile, ProfileKey } from '../protocol/profile.ts';
import type { VerificationKey } from '../protocol/verify.ts';
import type { Verification } from './verification.ts';
import { verifyByProfile } from './verify-by-profile.ts';

export type { Check, CheckId } from '../protocol/check.ts';
export type { ErrorCode } from '../protocol/error-table.ts';
export { CloudilloError } from '../protocol/errors.ts';
export type { Profile, ProfileKey } from '../protocol/profile.ts';
export type { DecodedToken, Verification } from './verification.ts';

/** The options of a client. */
export interface ClientOptions {
  /** The content of a sandbox's network file, parsed; default: the Internet. */
  network?: unknown;
  /** The limit of a whole call, milliseconds; default 10,000. */
  timeout?: number;
  /** Default `cloudillo`. */
  userAgent?: string;
}

/** An action as a peer shows it. */
export interface FetchedAction {
  /** The peer's view. Only its shape as an object is checked. */
  view: Record<string, unknown>;
  /** The signed action; null when the peer doesn't give it. */
  token: string | null;
  /** Whether the token hashes to the ID that was asked for. It says nothing about the signature. */
  verifiedId: boolean;
}

/** The answer of an inbox. */
export interface DeliveryAnswer {
  /** Any 2xx. Without `sync` it means queued, not verified. */
  status: number;
  /** The envelope's data; null when there is none. */
  data: unknown;
}

/** An answer of a peer's API. */
export interface Answer {
  status: number;
  /** By lower-case name. */
  headers: Record<string, string>;
  body: Uint8Array;
  /** Reads the body as JSON. @throws CloudilloError `peer.invalid` */
  json(): unknown;
}

/** The options of a call. */
export interface CallOptions {
  query?: Record<string, string | number | undefined>;
  /** The access token. */
  bearer?: string;
  /** The limit of the whole call, milliseconds. */
  timeout?: number;
}

/**
 * Calls to other instances. Each throws a CloudilloError when it gets no answer: `dns.*`, `network.*`, `tls.*`, `peer.refused`,
 * `peer.error`.
 */
export interface Client {
  /** Fetches the profile of an identity. @throws CloudilloError `peer.profile`, `peer.mismatch` when another identity answers */
  fetchProfile(idTag: string): Promise<Profile>;
  /** Fetches one action by its ID. @throws CloudilloError `usage.content-id`, `peer.mismatch` when another action is answered */
  fetchAction(idTag: string, actionId: string, options?: { bearer?: string }): Promise<FetchedAction>;
  /**
   * The key that an issuer's profile publishes under an ID; null when there is none. Profiles are kept for a day, failures for
   * some minutes.
   */
  findKey(issuer: string, keyId: string): Promise<ProfileKey | null>;
  /**
   * Makes every check that needs no store. The issuer's key is fetched, and fetched again when a kept one doesn't fit.
   * @param options.recipient the idTag at whose inbox the token arrived
   */
  verifyToken(token: string, options?: { recipient?: string }): Promise<Verification>;
  /**
   * Sends a token to an identity's inbox.
   * @param options.related tokens that the main one names
   * @param options.sync the peer verifies before it answers
   */
  deliver(
    idTag: string,
    token: string,
    options?: { related?: readonly string[]; sync?: boolean },
  ): Promise<DeliveryAnswer>;
  /** Sends a GET to an API path of an identity, such as `/api/me`. */
  get(idTag: string, path: string, options?: CallOptions): Promise<Answer>;
  /** Sends a POST of JSON to an API path of an identity. */
  post(idTag: string, path: string, body: unknown, options?: CallOptions): Promise<Answer>;
  /** Closes idle connections, and ends current calls (`network.aborted`). */
  close(): void;
}

const clock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.timeOrigin + performance.now(),
};

/**
 * Makes a client. It keeps connections and profiles, so make one for many calls.
 * @throws CloudilloError `usage.network` for something else than a network file's content
 */
export function createClient({ network, timeout, userAgent }: ClientOptions = {}): Client {
  const chosen: Network = network === undefined ? PUBLIC_NETWORK : parseNetwork(network);
  const limits = { ...(timeout !== undefined && { timeout }), ...(userAgent !== undefined && { userAgent }) };
  const requester = createRequester({ network: chosen, ...limits });
  const api = createPeerApi(requester);
  const keys = createKeyResolver({ api, clock });
  return {
    fetchProfile: async (idTag) => (await api.fetchProfile(idTag)).profile,
    fetchAction: async (idTag, actionId, options) => {
      const { view, token, verifiedId } = await api.fetchAction(idTag, actionId, options);
      return { view, token, verifiedId };
    },
    findKey: async (issuer, keyId) => published((await keys.resolve(issuer, keyId)).key),
    verifyToken: (token, { recipient } = {}) => verifyByProfile(keys, token, { recipient, now: clock.wall() / 1000 }),
    deliver: async (idTag, token, options) => {
      const { status, data } = await api.postInbox(idTag, token, options);
      return { status, data };
    },
    get: async (idTag, path, { query, ...options } = {}) =>
      answerOf(await requester.get(peerUrl(idTag, path, query), options)),
    post: async (idTag, path, body, { query, ...options } = {}) =>
      answerOf(await requester.post(peerUrl(idTag, path, query), body, options)),
    close: () => requester.close(),
  };
}

/** A key as a profile publishes it. */
function published(key: VerificationKey | null): ProfileKey | null {
  if (key === null) return null;
  const { keyId, publicKey, expiresAt } = key;
  const end = expiresAt === undefined ? {} : { expiresAt: new Date(expiresAt * 1000).toISOString() };
  return { keyId, publicKey: exportPublicKey(publicKey, 'wire'), ...end };
}

function answerOf(response: PeerResponse): Answer {
  const { status, headers, body } = response;
  return { status, headers, body, json: () => response.json() };
}
