import { readFileSync } from 'node:fs';
import type { LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actionId } from '../../../src/protocol/content-id.ts';
import type { ActionClaims } from '../../../src/protocol/token.ts';
import { emitStat } from '../../../src/services/counts/emit-stat.ts';
import { createSigner } from '../../../src/services/keys/sign.ts';
import { clockOf } from '../../support/clock.ts';
import { type Instance, type Peer, startInstance } from '../../support/instance.ts';
import { comparable } from './compare.ts';
import { type Exchange, payloadOf } from './recording.ts';

/**
 * The recordings once more, with keys that are ours: then the owner's requests can be made, too, and what they lead to is asked
 * for as it was then. IDs differ; each of the recording has to stand for one of ours throughout.
 */
interface Recording {
  exchanges: (Exchange & { request: { bodyBase64?: string } })[];
  received: { to: string; method: string; url: string; body?: string }[];
}

const ID = /^(a1~|f1~|b1~|@\d)/;

class Rerun {
  readonly instance: Instance;
  readonly #peers: Record<string, Peer>;
  /** ID of the recording → ours. */
  readonly ids = new Map<string, string>();

  constructor(instance: Instance) {
    this.instance = instance;
    this.#peers = Object.fromEntries(['carol.test', 'dave.test'].map((idTag) => [idTag, instance.peer(idTag)]));
  }

  async send({ request, response }: Recording['exchanges'][number]): Promise<LightMyRequestResponse> {
    const { instance } = this;
    const time = response.json?.['time'];
    if (typeof time === 'string') instance.clock.now = Date.parse(time);
    const { host, pathname, search } = new URL(request.url);
    const { authorization, ...headers } = request.headers ?? {};
    const owner = /^Bearer <access token of (\S+) at \1>$/.exec(authorization ?? '')?.[1];
    if (authorization !== undefined && owner === undefined) throw new Error(`not the owner: ${authorization}`);
    return instance.app.inject({
      method: request.method,
      url: this.ours(decodeURIComponent(pathname)) + this.ours(search),
      headers: {
        ...headers,
        host,
        ...(owner !== undefined && {
          authorization: `Bearer ${await instance.bearer({ subject: owner, tenant: owner })}`,
        }),
      },
      ...(request.bodyBase64 !== undefined
        ? { payload: Buffer.from(request.bodyBase64, 'base64') }
        : request.body !== undefined && { payload: await this.#payload(request.body) }),
    });
  }

  /** A text of the recording with our IDs in it. */
  ours(text: string): string {
    return [...this.ids].reduce((result, [recorded, own]) => result.replaceAll(recorded, own), text);
  }

  /** Claims of a recorded token as ours has them. */
  claims(token: string): Record<string, unknown> {
    const { k: _, ...claims } = JSON.parse(this.ours(JSON.stringify(payloadOf(token))));
    return claims;
  }

  /** Compares an answer with the recorded one; an ID that comes up for the first time is bound to ours. */
  compare(recorded: unknown, own: unknown, path = ''): void {
    if (typeof recorded === 'string' && typeof own === 'string' && ID.test(recorded) && ID.test(own)) {
      const known = this.ids.get(recorded);
      if (known === undefined) this.ids.set(recorded, own);
      else expect([path, own]).toEqual([path, known]);
    } else if (Array.isArray(recorded) && Array.isArray(own)) {
      expect([path, own.length]).toEqual([path, recorded.length]);
      for (const [index, each] of recorded.entries()) this.compare(each, own[index], `${path}/${index}`);
    } else if (isObject(recorded) && isObject(own)) {
      for (const key of Object.keys(recorded)) this.compare(recorded[key], own[key], `${path}/${key}`);
      expect([path, Object.keys(own).sort()]).toEqual([path, Object.keys(recorded).sort()]);
    } else expect([path, own]).toEqual([path, recorded]);
  }

  async #payload(body: unknown): Promise<string> {
    if (typeof body === 'string') return body;
    const { token } = body as { token?: string };
    if (token === undefined) return this.ours(JSON.stringify(body));
    const claims = this.claims(token) as ActionClaims;
    const signed = await (this.#peers[claims.iss] as Peer).sign(claims);
    this.ids.set(actionId(token), actionId(signed));
    return JSON.stringify({ ...(body as object), token: signed });
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function read(name: string): Recording {
  return JSON.parse(readFileSync(new URL(`../../vectors/${name}`, import.meta.url), 'utf8'));
}

/** What a recorded answer has to be for us: signed before it is answered, so never `P` and never temporary. */
function settled(json: Record<string, unknown>): Record<string, unknown> {
  const answer = comparable(json) as Record<string, unknown>;
  const data = answer['data'];
  return isObject(data) && data['status'] === 'P' ? { ...answer, data: { ...data, status: 'A' } } : answer;
}

/** A message as ours writes it: with the conversation as its parent. */
function threaded(data: unknown): unknown {
  const { subject } = data as { subject: string };
  return { ...(data as object), parentId: subject, rootId: subject };
}

/** The network's server left dave's comment out of its counts; ours has it in (specification: Counts). */
function counted<T>(value: T): T {
  return JSON.parse(JSON.stringify(value).replaceAll('"c":0,"ct":0', '"c":1,"ct":1795371244'));
}

describe('walls, counts and conversations, as recorded', () => {
  const { exchanges, received } = read('groups.json');
  let rerun: Rerun;
  beforeAll(async () => {
    rerun = new Rerun(await startInstance({ idTags: ['alice.test', 'bob.test'] }));
  });
  afterAll(() => rerun.instance.close());

  /** Other answers of ours (specification: Different answers). */
  const STATUS: Record<string, number> = {
    'wall.post': 202,
    'stat.from-stranger': 403,
    'share.from-carol': 201,
    'fshr.list': 200,
  };
  const CHANGED: Record<string, (data: unknown) => unknown> = {
    // "Write `p`: the network counts and lists by it."
    'conv.msg.alice': threaded,
    'conv.list': (data) =>
      (data as { content: unknown }[]).map((each) => (each.content === 'Welcome' ? threaded(each) : each)),
    'post.stat': (data) => ({
      ...(data as object),
      stat: { reactions: '1,L1', commentCount: 1, lastCommentAt: '2026-11-22T18:14:04Z' },
    }),
    'stat.list': (data) => (data as object[]).map(counted),
  };

  it.each(exchanges.filter(({ name }) => name !== 'login'))('$name', async (exchange) => {
    const { name, response } = exchange;
    if (name === 'wall.view') await attach(rerun.instance);
    if (name === 'stat.list') await count(rerun);
    const answer = await rerun.send(exchange);
    expect(answer.statusCode).toBe(STATUS[name] ?? response.status);
    if (name in STATUS || !response.json) return;
    const recorded = settled(response.json);
    const changed = CHANGED[name] ? { ...recorded, data: CHANGED[name](recorded.data) } : recorded;
    rerun.compare(changed, settled(answer.json()));
  });

  it('sends to each peer what the network’s server sent', async () => {
    const { store } = rerun.instance;
    const sent = await Promise.all(
      store.deliveries({ tenant: 'alice.test' }).map(async (delivery) => {
        const token = (await store.action('alice.test', delivery.actionId))?.token as string;
        const related = delivery.hasRelated ? await store.deliveryRelated(delivery) : [];
        return { to: delivery.to, tokens: [token, ...related].map((each) => rerun.claims(each)) };
      }),
    );
    const recorded = received
      .filter(({ method, body }) => method === 'POST' && body !== undefined)
      .map(({ to, body }) => {
        const { token, related = [] } = JSON.parse(body as string) as { token: string; related?: string[] };
        return { to, tokens: [token, ...related].map((each) => rerun.claims(each)) };
      });
    for (const each of recorded) expect(sent).toContainEqual(counted(each));
  });
});

describe('what the owner asks for, as recorded', () => {
  const names = /^(inbox\.fllw|follow\.create|post\.create\..*|follow\.carol|connect\.carol)$/;
  const exchanges = read('exchanges.json').exchanges.filter(({ name }) => names.test(name));
  let rerun: Rerun;
  beforeAll(async () => {
    rerun = new Rerun(await startInstance({ idTags: ['alice.test', 'bob.test'] }));
  });
  afterAll(() => rerun.instance.close());

  it.each(exchanges)('$name', async (exchange) => {
    const answer = await rerun.send(exchange);
    expect(answer.statusCode).toBe(exchange.response.status);
    rerun.compare(settled(exchange.response.json ?? {}), settled(answer.json()));
  });
});

/** The attachment of the post on the wall, as the server fetches it from its issuer. */
async function attach({ store, clock }: Instance): Promise<void> {
  await store.blobs.write(Buffer.from('file of carol\n'));
  const descriptor = 'd2,orig:b1~HPiu5dVW-x89pbum8DD0SLrQfBXwe0v2jbGcxbbLPzc:f=bin:s=14:r=0x0';
  const fileId = 'f1~x0CLia8WRvamUuZ4uPpG_bIZRAnMQgk4qzw3BTUnwFc';
  const file = { fileId, descriptor, fileName: 'carol.txt', contentType: 'text/plain', owner: 'carol.test' };
  await store.append([{ kind: 'file', tenant: 'alice.test', ...file, at: clock.now }]);
}

/** The quiet period is over. */
async function count({ instance, ids }: Rerun): Promise<void> {
  const { identities, clock } = instance;
  instance.clock.now = Date.parse('2026-11-22T18:14:14Z');
  const post = ids.get('a1~TYSMqXMvNvHZgdIqI_PUkXtvUoxVMfSETh6YhfvRNn4') as string;
  const signer = createSigner({ identities, clock: clockOf(() => clock.now) });
  await emitStat({ ...instance, signer, clock: clockOf(() => clock.now) }, 'alice.test', post);
}
