/** How faults are made in front of our server. */
import { jwtClaims } from '../../../src/federation/peer/jwt-expiry.ts';
import { actionId } from '../../../src/protocol/content-id.ts';
import { isJsonObject } from '../../../src/protocol/json-object.ts';
import { answerOf } from '../../../src/services/conformance/remote-target.ts';
import type { Answer, Ask } from '../../../src/services/conformance/target.ts';
import type { Sent, Wrapper } from './suite.ts';

export type Json = Record<string, unknown>;
export type Intercept = NonNullable<Wrapper['ask']>;

/** A fault of a server, made by what stands in front of ours. */
export interface PlantedBug {
  /** As a sentence of whoever reports it. */
  bug: string;
  /** The case that has to find it. */
  found: string;
  /** Cases that leave something behind for it to look at. */
  after?: readonly string[];
  /** It shows only while the limits of the server are on. */
  limits?: true;
  /** The network's server has it, too: the case doesn't fail for it, and names it (specification: Where servers differ). */
  named?: true;
  /** A wrapper of its own for each run: some remember what they saw. */
  plant: () => Wrapper;
}

export const TAKEN = answer(201, { data: {}, time: '2026-11-22T18:00:00Z', reqId: 'x' });

export function answer(status: number, json: unknown, headers: Record<string, string> = {}): Answer {
  const text = typeof json === 'string' ? json : JSON.stringify(json);
  return answerOf(status, { 'content-type': 'application/json', ...headers }, Buffer.from(text));
}

export function error(status: number, code: string): Answer {
  return answer(status, { error: { code, message: 'planted' } }, { 'cache-control': 'no-store' });
}

/** The same answer with other JSON. */
export function changed({ status, headers, json }: Answer, change: (json: Json) => unknown): Answer {
  return answer(status, change(json as Json), headers);
}

export function withoutHeader({ status, headers, body }: Answer, name: string): Answer {
  const { [name]: _, ...others } = headers;
  return answerOf(status, others, body);
}

/** Changes the answers to requests that begin so. */
export function answering(path: string, change: (given: Answer, ask: Ask) => Answer): () => Wrapper {
  return () => ({
    ask: async (ask, pass) => {
      const given = await pass(ask);
      return ask.path.startsWith(path) ? change(given, ask) : given;
    },
  });
}

/** Changes the profile. */
export function profile(change: (data: Json) => unknown): () => Wrapper {
  return answering('/api/me', (given) => {
    const { json } = given;
    if (!isJsonObject(json) || !isJsonObject(json['data'])) return given;
    return changed(given, (whole) => ({ ...whole, data: change(whole['data'] as Json) }));
  });
}

export function tokenOf({ path, body }: Ask): string | null {
  const token = path.startsWith('/api/inbox') && isJsonObject(body) ? body['token'] : null;
  return typeof token === 'string' ? token : null;
}

/** Answers tokens at the inbox by their claims; null: the server does. */
export function inbox(decide: (claims: Json, given: Answer, token: string) => Answer | null): () => Wrapper {
  return () => ({
    ask: async (ask, pass) => {
      const given = await pass(ask);
      const token = tokenOf(ask);
      return (token !== null && decide(jwtClaims(token) ?? {}, given, token)) || given;
    },
  });
}

/** Answers offers of PROXY tokens by their claims. */
export function exchange(decide: (claims: Json, given: Answer) => Answer | null): () => Wrapper {
  return answering('/api/auth/access-token?token=', (given, { path }) => {
    const token = new URLSearchParams(path.slice(path.indexOf('?'))).get('token') ?? '';
    return decide(jwtClaims(token) ?? {}, given) ?? given;
  });
}

/** Reads as the owner for whoever this says. */
export function readingAsOwner(who: (ask: Ask, given: Answer) => boolean): () => Wrapper {
  return () => ({
    ask: async (ask, pass, owner) => {
      const given = await pass(ask);
      return who(ask, given) ? pass({ ...ask, bearer: owner }) : given;
    },
  });
}

export const ACCESS = answer(200, { data: { token: 'e30.e30.e30' }, time: '2026-11-22T18:00:00Z', reqId: 'x' });
export const isOneAction = ({ method = 'GET', path }: Ask) => method === 'GET' && /^\/api\/actions\/a1~/.test(path);

export const success = (data: unknown) => answer(200, { data, time: '2026-11-22T18:00:00Z', reqId: 'x' });

export function dataOf({ json }: Answer): unknown {
  return isJsonObject(json) ? json['data'] : undefined;
}

/** Changes the data of good answers to requests that begin so. */
export function data(path: string, change: (data: Json) => unknown): () => Wrapper {
  return answering(path, (given) => {
    const found = dataOf(given);
    return isJsonObject(found) ? changed(given, (whole) => ({ ...whole, data: change(found) })) : given;
  });
}

/** Takes what the inbox refuses, by its type. */
export function takes(type: string, status: number): () => Wrapper {
  return inbox(({ t }, given) => (t === type && given.status === status ? TAKEN : null));
}

/** Leaves a parameter out of what is asked. */
export function ignoring(parameter: string): () => Wrapper {
  return () => ({
    ask: (ask, pass) => pass({ ...ask, path: ask.path.replace(new RegExp(`([?&])${parameter}=[^&]*&?`), '$1') }),
  });
}

/** Sends some tokens otherwise; null: not at all. */
export function delivering(type: string, change: (sent: Sent) => Sent | null): () => Wrapper {
  return () => ({
    deliver: async (sent, pass) => {
      const other = jwtClaims(sent.token)?.['t'] === type ? change(sent) : sent;
      if (other) await pass(other);
    },
  });
}

/** Acts as the owner once a token of this type is taken. */
export function actingOn(type: string, act: (id: string) => Ask): () => Wrapper {
  return () => ({
    ask: async (ask, pass, owner) => {
      const given = await pass(ask);
      const token = tokenOf(ask);
      if (token === null || jwtClaims(token)?.['t'] !== type || given.status >= 300) return given;
      await pass({ ...act(actionId(token)), bearer: owner });
      return given;
    },
  });
}

/** Shows related tokens that aren't taken. */
export function showingRelated(): Wrapper {
  const seen = new Set<string>();
  return {
    ask: async (ask, pass) => {
      const related = isJsonObject(ask.body) ? ask.body['related'] : undefined;
      if (Array.isArray(related)) for (const token of related) seen.add(actionId(String(token)));
      const given = await pass(ask);
      const id = ask.path.slice('/api/actions/'.length);
      return given.status === 404 && seen.has(id) ? success({ actionId: id }) : given;
    },
  };
}

/** Keeps what is passed on live, and passes on what is old. */
export function keepingPresence(): Wrapper {
  const ids: string[] = [];
  return {
    ask: async (ask, pass) => {
      const token = tokenOf(ask);
      if (token !== null && jwtClaims(token)?.['t'] === 'PRES:ONLINE') ids.push(actionId(token));
      const given = await pass(ask);
      const id = ask.path.slice('/api/actions/'.length);
      return ids.includes(id) ? success({ actionId: id }) : given;
    },
    bus: async (ask, pass) => {
      const { frames, closed } = await pass(ask);
      const kept = ids.map((id) => JSON.stringify({ id, cmd: 'ACTION', data: { actionId: id } }));
      return { frames: [...kept, ...frames], closed };
    },
  };
}
