/** The instance under test, over the network. */
import { setTimeout as sleep } from 'node:timers/promises';
import { talkOverBus } from '../../federation/bus/talk-over-bus.ts';
import type { Network } from '../../federation/http/network.ts';
import type { Requester } from '../../federation/http/request.ts';
import { apiHost, idTagToAscii } from '../../protocol/id-tag.ts';
import type { Observer } from '../../protocol/observer.ts';
import { peerRequest } from '../inspect/peer-request.ts';
import type { ActingPeer, Answer, Ask, Target } from './target.ts';

/** The parts of a remote target. */
export interface RemoteTargetOptions {
  idTag: string;
  appDomain?: string | undefined;
  network: Network;
  requester: Requester;
  peers: readonly ActingPeer[];
  owner: string | null;
  now: () => number;
  /** Gets the spans of bus connections. The requester has its own. */
  observer: Observer;
}

/** The largest answer that a case looks at. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Makes a target of an identity. Requests are sent once: a case judges each answer. */
export function remoteTarget(options: RemoteTargetOptions): Target {
  const { idTag, appDomain = idTag, network, requester, peers, owner, now, observer } = options;
  return {
    ...{ idTag, peers, owner, now },
    pause: (ms) => sleep(ms),
    async ask({ method = 'GET', path, app, headers = {}, body, bearer }) {
      const host = app ? idTagToAscii(appDomain) : apiHost(idTag);
      const url = `https://${host}${path}`;
      const sent = { ...jsonType(body, headers), ...headers };
      const bytes = body === undefined ? undefined : bytesOf(body);
      const answer = await peerRequest(
        { requester },
        { method, url, body: bytes, headers: sent, bearer, maxBytes: MAX_BYTES },
      );
      return answerOf(answer.status, answer.headers, answer.body);
    },
    bus: ({ bearer, ...ask }) => talkOverBus(idTag, { ...ask, bearer, network, timeout: requester.timeout, observer }),
  };
}

/** An answer as cases see it. */
export function answerOf(status: number, headers: Record<string, string>, body: Buffer): Answer {
  return { status, headers, body, json: jsonOf(body) };
}

/** The bytes of a body: text and bytes as they are, anything else as JSON. */
export function bytesOf(body: Ask['body']): Buffer {
  if (body instanceof Uint8Array) return Buffer.from(body);
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

/** The type of a body that is sent as JSON. */
export function jsonType(body: Ask['body'], headers: Record<string, string>): Record<string, string> {
  const given = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
  return body === undefined || given ? {} : { 'Content-Type': 'application/json' };
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    // That an answer is no JSON is for the case to judge.
    return undefined;
  }
}
