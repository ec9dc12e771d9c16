import { readFileSync } from 'node:fs';
import type { LightMyRequestResponse } from 'fastify';
import { decodeBase64url, encodeBase64url } from '../../../src/protocol/base64url.ts';
import { actionId } from '../../../src/protocol/content-id.ts';
import type { ActionClaims } from '../../../src/protocol/token.ts';
import type { JournalEvent } from '../../../src/store/model/events.ts';
import { type Instance, startInstance } from '../../support/instance.ts';

/** A request and what the network's server answered. */
export interface Exchange {
  name: string;
  request: {
    method: 'GET' | 'POST';
    url: string;
    headers?: Record<string, string>;
    body?: unknown;
    bodyBase64?: string;
  };
  response: { status: number; headers: Record<string, string>; json?: Record<string, unknown>; text?: string };
}

interface Recorded {
  exchanges: Exchange[];
  received: { body?: string }[];
}
interface RecordedTokens {
  keys: { idTag: string; keyId: string; publicKey: string }[];
  tokens: { token: string; actionId: string; claims: ActionClaims }[];
}

/** A recording, and an instance that stands where the network's server stood. */
export interface Replay {
  instance: Instance;
  exchanges: Exchange[];
  /** Sends the request as it was recorded, at its time. */
  send(exchange: Exchange): Promise<LightMyRequestResponse>;
  /** Stores an action of ours whose making isn't replayed; forged when its token wasn't recorded. */
  seed(claims: Partial<ActionClaims> & { t: string }, seed: Seed): Promise<string>;
  append(...events: JournalEvent[]): Promise<void>;
}

interface Seed {
  tenant: string;
  status?: 'A' | 'N';
  visibility?: 'S' | 'F';
  direction?: 'in' | 'out';
  /** The recorded ID of an action whose token wasn't: answers are compared as if ours were that one. */
  standsFor?: string;
}

/** Reads `<file>.json` with its tokens and sets up the identities that it is about. */
export async function openReplay(file: string, tokenFile: string): Promise<Replay> {
  const { exchanges } = read<Recorded>(file);
  const { keys, tokens } = read<RecordedTokens>(tokenFile);
  const publicKeys = Object.fromEntries(keys.map(({ idTag, publicKey }) => [idTag, publicKey]));
  const instance = await startInstance({ idTags: ['alice.test', 'bob.test'], publicKeys });
  for (const { idTag, keyId, publicKey } of keys) instance.resolver.add(idTag, keyId, publicKey);
  const stands = new Map<string, string>();
  const etags = new Map<string, string>();

  return {
    instance,
    exchanges,
    async send({ request, response }) {
      const time = response.json?.['time'];
      if (typeof time === 'string') instance.clock.now = Date.parse(time);
      const { host, pathname, search } = new URL(request.url);
      const answer = await instance.app.inject({
        method: request.method,
        url: pathname.replaceAll('%7E', '~') + search,
        headers: {
          ...Object.fromEntries(
            Object.entries(request.headers ?? {}).map(([key, value]) => [key, etags.get(value) ?? value]),
          ),
          host,
          ...(await authorization(instance, request.headers)),
        },
        ...(request.bodyBase64 !== undefined && { payload: Buffer.from(request.bodyBase64, 'base64') }),
        ...(request.body !== undefined && {
          payload: typeof request.body === 'string' ? request.body : JSON.stringify(request.body),
        }),
      });
      // An ETag means something only to whoever gave it out.
      const { etag } = response.headers;
      if (etag !== undefined && answer.headers.etag) etags.set(etag, answer.headers.etag as string);
      return standIn(answer, stands);
    },
    async seed(wanted, { tenant, status = 'A', direction = 'out', visibility, standsFor }) {
      const found = tokens.find(({ claims }) =>
        Object.entries({ iss: 'alice.test', ...wanted }).every(([name, value]) => equal(claims[name], value)),
      );
      const token = found?.token ?? forge({ iss: 'alice.test', k: '261122', ...wanted } as ActionClaims);
      const id = actionId(token);
      if (standsFor !== undefined) stands.set(id, standsFor);
      const claims = found?.claims ?? (wanted as ActionClaims);
      const letter = visibility ?? ((claims.v ?? 'F') as 'F');
      const receivedAt = claims.iat * 1000;
      await instance.store.append([
        { kind: 'action', tenant, actionId: id, token, direction, receivedAt, status, visibility: letter },
      ]);
      return id;
    },
    append: (...events) => instance.store.append(events),
  };
}

/** `<access token of carol.test at alice.test>` → one of ours. */
async function authorization(
  instance: Instance,
  headers: Record<string, string> = {},
): Promise<Record<string, string>> {
  const match = /^Bearer <access token of (\S+) at (\S+)>$/.exec(headers['authorization'] ?? '');
  if (!match) return {};
  const [subject, tenant] = [match[1] as string, match[2] as string];
  return { authorization: `Bearer ${await instance.bearer({ subject, tenant, owner: subject === tenant })}` };
}

/** The answer's JSON with forged IDs replaced by those that they stand for. */
function standIn(answer: LightMyRequestResponse, stands: Map<string, string>): LightMyRequestResponse {
  let { body } = answer;
  for (const [forged, recorded] of stands) body = body.replaceAll(forged, recorded);
  return Object.assign(Object.create(answer), { body, json: () => JSON.parse(body) });
}

/** A token with a signature that nobody made: good for the store, which doesn't verify what it holds. */
function forge(claims: ActionClaims): string {
  const part = (value: unknown) => encodeBase64url(Buffer.from(JSON.stringify(value)));
  return `${part({ typ: 'JWT', alg: 'ES384' })}.${part(claims)}.${encodeBase64url(Buffer.alloc(96, 1))}`;
}

/** The payload of a JWT, unverified. */
export function payloadOf(token: string): Record<string, unknown> {
  return JSON.parse(decodeBase64url(token.split('.')[1] as string).toString());
}

function equal(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../vectors/${name}`, import.meta.url), 'utf8')) as T;
}
