import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { actionId } from '../../../src/protocol/content-id.ts';
import { isWellFormedJson } from '../../../src/protocol/well-formed.ts';
import { type Instance, type Peer, refusal, startInstance } from '../../support/instance.ts';

const INVALID = { status: 400, code: 'E-VAL-INVALID' };
const TENANT = 'alice.test';

let alice: Instance;
let bob: Peer;
let bearer: string;
beforeAll(async () => {
  alice = await startInstance();
  bob = alice.peer('bob.test');
  bearer = await alice.bearer();
  const related = { following: true, follower: true, connected: true, at: 1 };
  await alice.store.append([{ kind: 'relation', tenant: TENANT, peer: 'bob.test', ...related }]);
});
afterAll(() => alice.close());

it('whatever text a peer writes, the lists that it is in stay readable for everybody', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
    fc.constantFrom('\0', '\u001b[2J', '\u202e', '__proto__', '\ud83d\ude00', '\\ud800', '\ufeff'),
  );
  let iat = alice.clock.now / 1000 - 1000;
  await fc.assert(
    fc.asyncProperty(text, text, async (c, sub) => {
      iat += 1;
      const token = await bob.sign({ t: 'POST', c, sub, iat });
      expect((await alice.send(token)).statusCode).toBe(201);
      for (const path of [`/api/actions/${actionId(token)}`, '/api/actions?limit=100', '/api/outbox']) {
        const answer = await alice.get(path, { bearer });
        expect([path, answer.statusCode, isWellFormedJson(answer.json())]).toEqual([path, 200, true]);
      }
    }),
    { numRuns: 60 },
  );
});

it('the name of a peer that is cut off is cut between characters', async () => {
  const resolve = alice.resolver.resolve.bind(alice.resolver);
  alice.resolver.resolve = async (issuer, keyId) => {
    const found = await resolve(issuer, keyId);
    return {
      ...found,
      profile: { idTag: issuer, name: `${'x'.repeat(199)}😀`, type: 'person', keys: [], fetchedAt: 0 },
    };
  };
  expect((await alice.send(await alice.peer('long.test').sign({ t: 'FLLW', aud: TENANT }))).statusCode).toBe(201);
  expect(alice.store.peer(TENANT, 'long.test')?.name).toBe('x'.repeat(199));
  alice.resolver.resolve = resolve;
});

it.each([
  ['POST', '/api/actions', '{"type":"POST","content":"\\ud800"}'],
  ['POST', '/api/actions', '{"type":"CONV","content":{"name":"x","\\udfff":1}}'],
  ['PATCH', '/api/me', '{"name":"\\ud800"}'],
  ['PATCH', '/api/me', '{"x":{"note":"\\ud800"}}'],
  ['PATCH', '/api/me', '{"x":{"\\ud800":"note"}}'],
] as const)('the owner can’t publish half a character: %s %s %s', async (method, url, payload) => {
  const before = [alice.journal(), (await alice.get('/api/me')).json().data];
  const headers = { host: 'cl-o.alice.test', authorization: `Bearer ${bearer}`, 'content-type': 'application/json' };
  expect(refusal(await alice.app.inject({ method, url, headers, payload }))).toEqual(INVALID);
  expect([alice.journal(), (await alice.get('/api/me')).json().data]).toEqual(before);
});

it('an error that quotes what was sent parses everywhere, and is short', async () => {
  const role = `${'x'.repeat(79)}😀`;
  const cut = await alice.send(await bob.sign({ t: 'INVT', aud: TENANT, sub: `a1~${'A'.repeat(43)}`, c: { role } }));
  expect(cut.json().error.message).toContain('x'.repeat(79));
  const fields = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`claim${index}`, 1]));
  const long = await alice.send(await bob.sign({ t: 'y'.repeat(512), c: fields }));
  for (const answer of [cut, long]) {
    expect(refusal(answer)).toEqual(INVALID);
    expect(isWellFormedJson(answer.json())).toBe(true);
    expect(answer.body.length).toBeLessThan(1200);
  }
});
