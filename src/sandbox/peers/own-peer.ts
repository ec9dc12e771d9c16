/** A peer that this process plays: it answers with a profile of its choice, and notes what it is sent. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Endpoint } from '../../federation/http/network.ts';
import { failure, success } from '../../protocol/envelope.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { apiHost } from '../../protocol/id-tag.ts';
import { exportPublicKey, generateKeyPair, nextKeyId } from '../../protocol/keys.ts';
import { withGrowingTimes } from '../../services/conformance/growing-times.ts';
import { baseClaims, signAnything } from '../../services/conformance/made-tokens.ts';
import {
  type ActingPeer,
  MOVED_PROFILE,
  type OwnPeer,
  type PeerKey,
  PREPARED_KEYS,
  type Received,
} from '../../services/conformance/target.ts';
import type { CertifiedKey } from '../certificates/authority.ts';

/** A peer of the suite's own while it listens. */
export interface ListeningPeer extends ActingPeer {
  own: OwnPeer;
  close(): Promise<void>;
}

/** Who the peer is, and where it listens. */
export interface OwnPeerOptions {
  idTag: string;
  endpoint: Endpoint;
  certificate: CertifiedKey;
  /** Unix milliseconds. */
  now: () => number;
}

const HOUR = 3_600_000;
/** The most that is kept of one request, bytes: a delivery with its related tokens fits. */
const MAX_BODY = 4 * 1024 * 1024;
/** How many requests are kept. A run causes far fewer. */
const MAX_RECEIVED = 1_000;
/** How long open requests have at the end, milliseconds. */
const CLOSING = 200;

/**
 * Makes a peer without a server: its keys, and what it publishes. Each run has keys of its own, under IDs that no earlier run had:
 * instances remember keys by their ID.
 */
export function makeOwnPeer(
  idTag: string,
  now: () => number,
): ActingPeer & { own: OwnPeer & { received: Received[] } } {
  const newKey = (): PeerKey => {
    const { privateKey, publicKey } = generateKeyPair();
    const keyId = `${nextKeyId(new Date(now()), [])}${randomBytes(6).toString('hex')}`;
    return { keyId, privateKey, published: { keyId, publicKey: exportPublicKey(publicKey, 'wire') } };
  };
  const key = newKey();
  const prepared = Object.fromEntries(PREPARED_KEYS.map((name) => [name, newKey()])) as OwnPeer['prepared'];
  prepared.ended.published.expiresAt = new Date(now() - HOUR).toISOString();
  const published = [key, ...Object.values(prepared)].map((one) => one.published);
  const sign: ActingPeer['sign'] = async (claims) =>
    signAnything({ ...baseClaims(idTag, key, now()), ...claims }, key.privateKey);
  return {
    idTag,
    sign: withGrowingTimes(idTag, now, sign),
    own: { key, prepared, newKey, published, moved: false, received: [] },
  };
}

/** Starts a peer. @throws CloudilloError `network.port-in-use`, `network.listen` */
export async function startOwnPeer({ idTag, endpoint, certificate, now }: OwnPeerOptions): Promise<ListeningPeer> {
  const peer = makeOwnPeer(idTag, now);
  const server = createServer({ cert: certificate.certificate, key: certificate.key }, (request, response) => {
    void serve(peer, request, response, now);
  });
  server.listen({ host: endpoint.address, port: endpoint.port, exclusive: true });
  try {
    await once(server, 'listening');
  } catch (cause) {
    const { address, port } = endpoint;
    throw new CloudilloError('network.port-in-use', `${idTag} can't listen at ${address}:${port}`, {
      stage: 'server',
      hint: 'Stop what listens there: this run plays that member of the sandbox itself.',
      details: { address, port },
      cause,
    });
  }
  return {
    ...peer,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await Promise.race([closed, sleep(CLOSING)]);
      server.closeAllConnections();
      await closed;
    },
  };
}

async function serve(
  peer: ReturnType<typeof makeOwnPeer>,
  request: IncomingMessage,
  response: ServerResponse,
  now: () => number,
): Promise<void> {
  const { method = '', url: path = '' } = request;
  let body: string;
  try {
    body = await readBody(request);
  } catch {
    // The sender went away, or sends without end: nobody waits for an answer.
    response.destroy();
    return;
  }
  if (peer.own.received.length < MAX_RECEIVED) peer.own.received.push({ method, path, body });
  const { status, json, location } = answerFor(peer, method, path, now());
  const head = {
    ...{ 'content-type': 'application/json', 'cache-control': 'no-store, no-cache' },
    ...(location !== undefined && { location }),
  };
  response.writeHead(status, head).end(JSON.stringify(json));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw new Error('the body is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** What an instance asks of a peer: its profile, its inbox, and an outbox without anything in it. */
function answerFor(
  { idTag, own }: ActingPeer & { own: OwnPeer },
  method: string,
  path: string,
  now: number,
): { status: number; json: object; location?: string } {
  const meta = { now: new Date(now), reqId: randomBytes(6).toString('base64url') };
  const ok = (data: unknown, status = 200) => ({ status, json: success(data, meta) as object });
  if (method === 'GET' && path === '/api/me' && own.moved) {
    const location = `https://${apiHost(idTag)}${MOVED_PROFILE}`;
    return { status: 302, json: failure('E-CORE-NOTFOUND', 'The profile has moved') as object, location };
  }
  if (method === 'GET' && (path === '/api/me' || path === MOVED_PROFILE)) {
    return ok({ idTag, name: `${idTag} (conformance)`, type: 'person', keys: own.published });
  }
  if (method === 'GET' && path === '/.well-known/cloudillo/id-tag') return { status: 200, json: { idTag } };
  if (method === 'POST' && path.startsWith('/api/inbox')) return ok({}, 202);
  if (method === 'GET' && path.startsWith('/api/outbox')) return ok({ items: [] });
  if (method === 'GET' && path.startsWith('/api/auth/access-token')) {
    return { status: 401, json: failure('E-AUTH-UNAUTH', 'This peer gives no access tokens') as object };
  }
  return {
    status: 404,
    json: failure('E-CORE-NOTFOUND', 'A peer of a conformance test has no more than this') as object,
  };
}
