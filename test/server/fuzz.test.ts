import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Instance, type Peer, startInstance } from '../support/instance.ts';

let alice: Instance;
let bob: Peer;
beforeAll(async () => {
  alice = await startInstance();
  bob = alice.peer('bob.test');
});
afterAll(() => alice.close());

/** 5xx is for our own failures and the issuer's; nothing that a stranger writes may cause one. */
async function expectRefused(path: string, body: string): Promise<void> {
  const before = alice.journal();
  const answer = await alice.post(path, body);
  expect([body, answer.statusCode >= 400 && answer.statusCode < 500]).toEqual([body, true]);
  expect(answer.json().error.code).toMatch(/^E-/);
  expect(alice.journal()).toBe(before);
}

const anyPath = fc.constantFrom('/api/inbox', '/api/inbox/sync');

it('any JSON, and any text, is refused in the error form and changes nothing', async () => {
  const bodies = fc.oneof(
    fc.json(),
    fc.string({ unit: 'binary' }),
    fc.json().map((json) => `{"token":${json}}`),
  );
  await fc.assert(fc.asyncProperty(anyPath, bodies, expectRefused), { numRuns: 200 });
});

it('any claims in an unsigned token', async () => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const token = fc
    .tuple(fc.jsonValue(), fc.jsonValue(), fc.uint8Array({ maxLength: 200 }))
    .map(
      ([header, claims, signature]) =>
        `${part(header)}.${part(claims)}.${Buffer.from(signature).toString('base64url')}`,
    );
  const run = (path: string, text: string) => expectRefused(path, JSON.stringify({ token: text }));
  await fc.assert(fc.asyncProperty(anyPath, token, run), { numRuns: 200 });
});

it('a sound token with any one byte changed', async () => {
  const token = await bob.sign({ t: 'FLLW', aud: 'alice.test', c: 'untouched' });
  const place = fc.integer({ min: 0, max: token.length - 1 });
  const byte = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.+/= ');
  const run = async (path: string, at: number, char: string) => {
    if (token[at] === char) return;
    const answer = await alice.post(path, { token: token.slice(0, at) + char + token.slice(at + 1) });
    // A changed issuer that happens to be well-formed is one that doesn't exist: then it is the issuer that can't be asked.
    expect([at, char, answer.statusCode === 503 || (answer.statusCode >= 400 && answer.statusCode < 500)]).toEqual([
      at,
      char,
      true,
    ]);
  };
  const before = alice.journal();
  await fc.assert(fc.asyncProperty(anyPath, place, byte, run), { numRuns: 400 });
  expect(alice.journal()).toBe(before);
  expect((await alice.send(token)).statusCode).toBe(201);
});

it('any query of the reading routes', async () => {
  const names = fc.constantFrom(
    'type',
    'status',
    'limit',
    'cursor',
    'createdAfter',
    'since',
    'count',
    'variant',
    'token',
    'x',
  );
  const query = fc.dictionary(names, fc.string({ unit: 'binary', maxLength: 40 }));
  const paths = fc.constantFrom(
    '/api/actions',
    '/api/actions/x',
    '/api/outbox',
    '/api/files/x',
    '/api/auth/access-token',
    '/api/me',
  );
  await fc.assert(
    fc.asyncProperty(paths, query, async (path, values) => {
      const answer = await alice.get(`${path}?${new URLSearchParams(values)}`);
      expect([path, values, answer.statusCode < 500]).toEqual([path, values, true]);
    }),
    { numRuns: 300 },
  );
});
