import { afterAll, beforeAll, expect, it } from 'vitest';
import { setPassword } from '../../../src/services/auth/password.ts';
import { clockOf } from '../../support/clock.ts';
import { refusal } from '../../support/instance.ts';
import { expectRecorded } from './compare.ts';
import { type Exchange, openReplay, type Replay } from './recording.ts';

let replay: Replay;
beforeAll(async () => {
  replay = await openReplay('exchanges.json', 'tokens.json');
  const { identities, clock } = replay.instance;
  for (const as of ['alice.test', 'bob.test']) {
    await setPassword({ identities, clock: clockOf(() => clock.now) }, { as, password: 'correct-horse-1' });
  }
});
afterAll(() => replay.instance.close());

const INVALID = { status: 400, code: 'E-VAL-INVALID' };
const UNAUTH = { status: 401, code: 'E-AUTH-UNAUTH' };
const MISSING = { status: 404, code: 'E-CORE-NOTFOUND' };
const UNAVAILABLE = { status: 503, code: 'E-SYS-UNAVAIL' };

/** Answers that ours differ from on purpose (specification: Recorded answers), each with ours. */
const REFUSED: Record<string, { status: number; code: string }> = {
  'inbox.malformed-json': INVALID,
  'inbox.no-token': INVALID,
  'inbox.wrong-type': INVALID,
  'actions.bad-limit': INVALID,
  'inbox.not-a-jwt': INVALID,
  'inbox.missing-iat': INVALID,
  'inbox.missing-k': INVALID,
  'inbox.fractional-iat': INVALID,
  'access-token.garbage': INVALID,
  'inbox.iss-unreachable': UNAVAILABLE,
  'inbox.iat-future': INVALID,
  'inbox.other-audience': INVALID,
  'inbox.unknown-subtype': INVALID,
  'access-token.fllw-type': UNAUTH,
  'bad-bearer': UNAUTH,
  'inbox.async.bad-token': INVALID,
  'file.raw.guest': MISSING,
  'file.img.guest': MISSING,
};

const CONNECTED = 'a1~AVPc1ddXB2eHPSPqxi9Ts8fvPpHiEfCIPhx0Vw_d2jg';
const FOR_BOB = 'a1~AYaDoJUk69eJpcilu0X6hi7PO4eq07aMlp15c8Y1RPc';

/** Ours answers, but something else: the recorded answer, changed. */
const CHANGED: Record<string, (recorded: Exchange['response']) => Exchange['response']> = {
  login: withoutServerRole,
  'login.bob': withoutServerRole,
  // Verified and stored first, then 202.
  'inbox.async': (recorded) => ({ ...recorded, status: 202, json: { ...recorded.json, data: {} } }),
  // A follower reads what is for followers …
  'action.followers.carol': () => responseOf('action.followers.owner'),
  // … and doesn't read what is for the connected.
  'actions.carol': (recorded) => withoutId(recorded, CONNECTED),
  // Its real ID at once.
  'file.upload.raw': (recorded) => {
    const { fileId } = dataOf<{ fileId: string }>('file.raw.metadata');
    return { ...recorded, json: { ...recorded.json, data: { fileId } } };
  },
  // We refused what was addressed to bob.
  'follow.list.owner': (recorded) => withoutId(recorded, FOR_BOB),
  'outbox.carol': (recorded) => withItems(recorded, ['Hello, public', 'Hello, followers']),
  'outbox.carol.since': (recorded) => withItems(recorded, ['Hello, public', 'Hello, followers']),
};

/** Requests of the owner's API, which make actions and files: what they made is stored instead. */
const SEEDED: Record<string, () => Promise<unknown>> = {
  'follow.create': async () => {
    const standsFor = 'a1~RjtjdLwJ9jN8PPC0tcmKH8b3hUaylVuLAuMQ-fUWNvc';
    const claims = { t: 'FLLW', aud: 'bob.test', iat: 1795370201, v: 'F' };
    await replay.seed(claims, { tenant: 'alice.test', standsFor });
    await replay.seed(claims, { tenant: 'bob.test', direction: 'in', standsFor });
    const at = 1795370201000;
    const [alice, bob] = [{ tenant: 'alice.test' }, { tenant: 'bob.test' }];
    const none = { following: false, follower: false, connected: false };
    await replay.append(
      { kind: 'relation', ...alice, peer: 'bob.test', ...none, following: true, at },
      { kind: 'peer', ...alice, idTag: 'bob.test', name: 'Bob', type: 'person', at },
      { kind: 'relation', ...bob, peer: 'alice.test', ...none, follower: true, at },
      { kind: 'peer', ...bob, idTag: 'alice.test', name: 'Alice', type: 'person', at },
    );
  },
  'post.create.public': () => replay.seed({ t: 'POST:TEXT', v: 'P' }, { tenant: 'alice.test' }),
  'post.create.followers': () => replay.seed({ t: 'POST:TEXT', v: 'F' }, { tenant: 'alice.test' }),
  'post.create.connected': () => replay.seed({ t: 'POST:TEXT', v: 'C' }, { tenant: 'alice.test' }),
  'post.create.direct': () => replay.seed({ t: 'POST:TEXT', v: 'D' }, { tenant: 'alice.test' }),
  // With the thumbnail that the network made; ours transcodes nothing (test/server/routes/uploads.test.ts).
  'file.upload.png': () => seedFile('file.img', 'dot.png', 'image/png'),
  'follow.carol': () => replay.seed({ t: 'FLLW', aud: 'carol.test' }, { tenant: 'alice.test' }),
  'connect.carol': () => replay.seed({ t: 'CONN', aud: 'carol.test' }, { tenant: 'alice.test' }),
};

/** Only files that anybody may read may be kept by caches on the way. */
const PRIVATE_FILES = new Set(['file.raw.get', 'file.raw.range', 'file.img.get', 'file.img.range']);

it('answers every recorded request as the network does, except on purpose (specification: Recorded answers)', async () => {
  const met = new Set<string>();
  for (const exchange of replay.exchanges) {
    const { name, response } = exchange;
    met.add(name);
    const seed = SEEDED[name];
    if (seed) {
      await seed();
      continue;
    }
    // Ours answers the real ID at once: there is nothing temporary to ask for.
    const isTemporary = new URL(exchange.request.url).pathname.includes('/@');
    const answer = await replay.send(exchange);
    const refused = REFUSED[name];
    if (isTemporary) expect([name, answer.statusCode]).toEqual([name, 404]);
    else if (refused) expect({ name, ...refusal(answer) }).toEqual({ name, ...refused });
    else expectRecorded(answer, { ...exchange, response: CHANGED[name]?.(response) ?? response });
    if (PRIVATE_FILES.has(name)) expect(answer.headers['cache-control']).toBe('private, max-age=31536000, immutable');
  }
  const listed = [REFUSED, CHANGED, SEEDED].flatMap((names) => Object.keys(names));
  expect(listed.filter((name) => !met.has(name))).toEqual([]);
});

function responseOf(name: string): Exchange['response'] {
  return replay.exchanges.find((exchange) => exchange.name === name)?.response as Exchange['response'];
}

function dataOf<T>(name: string): T {
  const { json } = responseOf(name);
  if (!json) throw new Error(`${name} was answered with no JSON`);
  return json['data'] as T;
}

/** Nobody administers the server over HTTP here. */
function withoutServerRole(recorded: Exchange['response']): Exchange['response'] {
  const data = recorded.json?.['data'] as { roles: string[] };
  return {
    ...recorded,
    json: { ...recorded.json, data: { ...data, roles: data.roles.filter((role) => role !== 'SADM') } },
  };
}

function withoutId(recorded: Exchange['response'], id: string): Exchange['response'] {
  const data = recorded.json?.['data'] as { actionId: string }[];
  expect(data.some(({ actionId }) => actionId === id)).toBe(true);
  return { ...recorded, json: { ...recorded.json, data: data.filter(({ actionId }) => actionId !== id) } };
}

function withItems(recorded: Exchange['response'], contents: string[]): Exchange['response'] {
  const { items: all } = dataOf<{ items: { token: string }[] }>('outbox.carol');
  const items = all.filter(({ token }) => {
    const payload = Buffer.from(token.split('.')[1] as string, 'base64url').toString();
    return contents.some((content) => payload.includes(content));
  });
  expect(items).toHaveLength(contents.length);
  return { ...recorded, json: { ...recorded.json, data: { items } } };
}

async function seedFile(name: string, fileName: string, contentType: string): Promise<void> {
  const upload = replay.exchanges.find(
    (each) => each.name === name.replace('file.', 'file.upload.').replace('img', 'png'),
  );
  if (!upload) throw new Error(`${name} has no upload`);
  await replay.instance.store.blobs.write(Buffer.from(upload.request.bodyBase64 ?? '', 'base64'));
  const { fileId } = dataOf<{ fileId: string }>(`${name}.metadata`);
  const descriptor = dataOf<string>(`${name}.descriptor`);
  const at = Date.parse('2026-11-22T17:56:53Z');
  await replay.append({ kind: 'file', tenant: 'alice.test', fileId, descriptor, fileName, contentType, at });
}
