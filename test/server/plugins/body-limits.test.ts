import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Instance, refusal, startInstance } from '../../support/instance.ts';

let alice: Instance;
let owner: string;
let peer: string;
beforeAll(async () => {
  alice = await startInstance();
  owner = await alice.bearer();
  peer = await alice.bearer({ subject: 'bob.test', owner: false });
});
afterAll(() => alice.close());

const INBOX = 1.5 * 1024 * 1024;
const OTHER = 64 * 1024;
const TOO_LARGE = { status: 413, code: 'E-VAL-INVALID' };
const INVALID = { status: 400, code: 'E-VAL-INVALID' };
const PASSWORD = { password: 'wrong horse battery' };

/** A body with a field that nobody knows, so many bytes long. */
function bodyOf(fields: object, bytes: number): string {
  const start = JSON.stringify({ ...fields, padding: '' }).slice(0, -2);
  return `${start}${'x'.repeat(bytes - start.length - 2)}"}`;
}

const nested = (depth: number): string => `${'{"a":'.repeat(depth - 1)}{}${'}'.repeat(depth - 1)}`;

/** In pieces: nobody says before how much it is. */
function inPieces(url: string, body: string, bearer?: string) {
  const authorization = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
  const headers = { host: 'cl-o.alice.test', 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
  const payload = Readable.from([body.slice(0, 1000), body.slice(1000)]);
  return alice.app.inject({ method: 'POST', url, headers: { ...headers, ...authorization }, payload });
}

describe('what a stranger sends', () => {
  it.each(['/api/inbox', '/api/inbox/sync'])('%s takes 1.5 MiB, whatever is in it', async (path) => {
    const token = await alice.peer('zoe.test').sign({ t: 'FLLW', aud: 'alice.test', _: path });
    expect((await alice.post(path, bodyOf({ token }, INBOX))).statusCode).toBeLessThan(300);
    expect(refusal(await alice.post(path, bodyOf({ token }, INBOX + 1)))).toEqual(TOO_LARGE);
    expect(refusal(await inPieces(path, bodyOf({ token }, INBOX + 1)))).toEqual(TOO_LARGE);
    // The sender of an action is never the owner.
    expect(refusal(await alice.post(path, bodyOf({ token }, INBOX + 1), { bearer: owner }))).toEqual(TOO_LARGE);
  });

  it('closes the connection that the rest of a body would come on', async () => {
    const answer = await alice.post('/api/inbox', bodyOf({}, INBOX + 1));
    expect(answer.headers['connection']).toBe('close');
  });

  it.each([
    ['a guest', () => undefined],
    ['a peer', () => peer],
    ['whoever has a bad token', () => 'x.y.z'],
  ])('%s sends 64 KiB anywhere else', async (_who, bearerOf) => {
    const bearer = bearerOf();
    const options = bearer === undefined ? {} : { bearer };
    for (const path of ['/api/auth/login', '/api/actions']) {
      expect(refusal(await alice.post(path, bodyOf(PASSWORD, OTHER), options))).not.toEqual(TOO_LARGE);
      expect(refusal(await alice.post(path, bodyOf(PASSWORD, OTHER + 1), options))).toEqual(TOO_LARGE);
      expect(refusal(await inPieces(path, bodyOf(PASSWORD, OTHER + 1), bearer))).toEqual(TOO_LARGE);
    }
  });

  it.each(['/api/inbox', '/api/auth/login'])('%s refuses what is nested deeper than 16, unparsed', async (path) => {
    const fields = path === '/api/inbox' ? '"token":"x"' : '"password":"wrong horse battery"';
    const deep = await alice.post(path, `{${fields},"x":${nested(16)}}`);
    expect(refusal(deep)).toEqual(INVALID);
    expect(deep.json().error.message).toContain('16 levels');
    // Not even JSON.
    expect((await alice.post(path, '['.repeat(1000))).json().error.message).toContain('16 levels');
    expect((await alice.post(path, `{${fields},"x":${nested(15)}}`)).body).not.toContain('levels');
  });

  it('refuses a body of more values than anybody needs', async () => {
    const many = await alice.post('/api/inbox', { token: 'x', x: Array(10_000).fill(0) });
    expect(refusal(many)).toEqual(INVALID);
    expect(many.json().error.message).toContain('10000 values');
    expect((await alice.post('/api/inbox', { token: 'x', x: Array(9_000).fill(0) })).body).not.toContain('values');
  });
});

describe('what the owner sends', () => {
  const post = { type: 'POST', subType: 'TEXT', content: 'Hello' };

  it('is taken up to 4 MiB, of any depth, whether its length is told or not', async () => {
    // A field that isn't known is refused: by the schema, which saw it.
    for (const body of [bodyOf(post, OTHER + 1).replace('padding', 'x'), `{"type":"POST","x":${nested(40)}}`]) {
      expect((await alice.post('/api/actions', body, { bearer: owner })).json().error.message).toContain('"x"');
      expect((await inPieces('/api/actions', body, owner)).json().error.message).toContain('must not have');
    }
    const largest = bodyOf(post, 4 * 1024 * 1024 + 1);
    expect(refusal(await alice.post('/api/actions', largest, { bearer: owner }))).toEqual(TOO_LARGE);
  });
});
