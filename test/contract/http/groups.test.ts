import { afterAll, beforeAll, expect, it } from 'vitest';
import { actionId } from '../../../src/protocol/content-id.ts';
import { refusal } from '../../support/instance.ts';
import { expectRecorded } from './compare.ts';
import { type Exchange, openReplay, type Replay } from './recording.ts';

let replay: Replay;
beforeAll(async () => {
  replay = await openReplay('groups.json', 'tokens-groups.json');
});
afterAll(() => replay.instance.close());

const TENANT = 'alice.test';
const FILE = 'f1~x0CLia8WRvamUuZ4uPpG_bIZRAnMQgk4qzw3BTUnwFc';
const CONV = 'a1~8vyB7bGt-xZkubEg4PCZAlrRIwuIIxIhXb8HNJM8Sk8';

/** Answers that ours differ from on purpose (specification: Recorded answers), each with ours. */
const REFUSED: Record<string, { status: number; code: string | null }> = {
  'share.from-carol': { status: 201, code: null },
  'stat.from-stranger': { status: 403, code: 'E-AUTH-NOPERM' },
};

/** Ours verifies and stores before it answers, counts on each view, and takes a share of what its issuer attached before. */
const CHANGED: Record<string, (recorded: Exchange['response']) => Exchange['response']> = {
  'wall.post': (recorded) => ({ ...recorded, status: 202, json: { ...recorded.json, data: {} } }),
  'post.stat': ({ json, ...recorded }) => {
    const stat = { commentCount: 1, lastCommentAt: '2026-11-22T18:14:04Z', reactions: '1,L1' };
    return { ...recorded, json: { ...json, data: { ...(json?.['data'] as object), stat } } };
  },
  'fshr.list': ({ json, ...recorded }) => ({ ...recorded, json: { ...json, data: [shared()] } }),
};

/** The share that the network's server refuses: its issuer attached the file before. */
function shared(): object {
  const request = replay.exchanges.find(({ name }) => name === 'share.from-carol')?.request.body as { token: string };
  return {
    actionId: actionId(request.token),
    type: 'FSHR',
    issuer: { idTag: 'carol.test', name: 'Carol', type: 'person' },
    audience: { idTag: TENANT, name: 'Alice', type: 'person' },
    content: { contentType: 'text/plain', fileName: 'carol.txt', fileTp: 'BLOB' },
    subject: FILE,
    createdAt: '2026-11-22T18:14:39Z',
    receivedAt: '2026-11-22T18:14:35Z',
    status: 'C',
    stat: {},
    visibility: 'F',
  };
}

/** Requests of the owner's API, which make or settle actions: what came of them is stored instead. */
const SEEDED: Record<string, () => Promise<unknown>> = {
  login: async () => {},
  'conn.accept': async () => {
    const at = Date.parse('2026-11-22T18:13:46Z');
    await replay.seed({ t: 'CONN:ACC' }, { tenant: TENANT });
    const request = replay.exchanges.find(({ name }) => name === 'carol.connects')?.request.body as { token: string };
    const connected = { following: true, follower: true, connected: true };
    await replay.append(
      { kind: 'status', tenant: TENANT, actionId: actionId(request.token), status: 'A', at },
      { kind: 'relation', tenant: TENANT, peer: 'carol.test', ...connected, at },
    );
  },
  'wall.accept': () => replay.seed({ t: 'APRV', aud: 'carol.test' }, { tenant: TENANT }),
  repost: async () => {},
  post: () => replay.seed({ t: 'POST:TEXT', c: 'Count me' }, { tenant: TENANT }),
  'conv.create': async () => {
    await replay.seed({ t: 'CONV' }, { tenant: TENANT, visibility: 'S' });
    await replay.seed({ t: 'SUBS', aud: TENANT }, { tenant: TENANT, visibility: 'S' });
  },
  invite: () => replay.seed({ t: 'INVT' }, { tenant: TENANT, visibility: 'S' }),
  'conv.msg.alice': () => {
    const standsFor = 'a1~EvA8srq3MnNy1cz9FBaPRtjk6FLzDAGGV5oVtzK2npI';
    const claims = { t: 'MSG', c: 'Welcome', sub: CONV, iat: 1795371268, v: 'S' };
    return replay.seed(claims, { tenant: TENANT, visibility: 'S', standsFor });
  },
  dm: () => replay.seed({ t: 'MSG', c: 'Just us' }, { tenant: TENANT }),
  'post.no-comments': () => replay.seed({ t: 'POST:TEXT', c: 'No comments' }, { tenant: TENANT }),
};

/** What happens between two recorded requests. */
const BEFORE: Record<string, () => Promise<unknown>> = {
  // The attachment of the post on the wall is fetched.
  'wall.view': async () => {
    await replay.instance.store.blobs.write(Buffer.from('file of carol\n'));
    const descriptor = 'd2,orig:b1~HPiu5dVW-x89pbum8DD0SLrQfBXwe0v2jbGcxbbLPzc:f=bin:s=14:r=0x0';
    const file = { fileId: FILE, descriptor, fileName: 'carol.txt', contentType: 'text/plain', owner: 'carol.test' };
    await replay.append({ kind: 'file', tenant: TENANT, ...file, at: Date.parse('2026-11-22T18:13:50Z') });
  },
  'stat.list': () => replay.seed({ t: 'STAT' }, { tenant: TENANT }),
};

it('answers every recorded request as the network does, except on purpose (specification: Recorded answers)', async () => {
  const met = new Set<string>();
  for (const exchange of replay.exchanges) {
    const { name, response } = exchange;
    met.add(name);
    await BEFORE[name]?.();
    const seed = SEEDED[name];
    if (seed) {
      await seed();
      continue;
    }
    const isTemporary = new URL(exchange.request.url).pathname.includes('/@');
    const answer = await replay.send(exchange);
    const refused = REFUSED[name];
    if (isTemporary) expect([name, answer.statusCode]).toEqual([name, 404]);
    else if (refused) expect({ name, ...refusal(answer) }).toEqual({ name, ...refused });
    else expectRecorded(answer, { ...exchange, response: CHANGED[name]?.(response) ?? response });
  }
  const listed = [REFUSED, CHANGED, SEEDED, BEFORE].flatMap((names) => Object.keys(names));
  expect(listed.filter((name) => !met.has(name))).toEqual([]);
});
