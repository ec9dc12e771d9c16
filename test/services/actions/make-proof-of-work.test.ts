import { describe, expect, it } from 'vitest';
import { peerError } from '../../../src/federation/http/peer-error.ts';
import { errorToObject } from '../../../src/protocol/errors.ts';
import { decodeToken } from '../../../src/protocol/token.ts';
import { verifyToken } from '../../../src/protocol/verify.ts';
import { createAction } from '../../../src/services/actions/create-action.ts';
import { wantedWork, workingSigner } from '../../../src/services/actions/make-proof-of-work.ts';
import { storedError, toldError } from '../../../src/store/model/stored-error.ts';
import { failureOf } from '../../support/failure.ts';
import { createInMemoryNetwork } from '../../support/in-memory-network.ts';

const answer = (message: string, status = 428) => {
  const text = JSON.stringify({ error: { code: 'E-POW-REQUIRED', message } });
  const refused = { host: 'cl-o.bob.test', method: 'POST', path: '/api/inbox', status, text, now: 0, secrets: [] };
  return errorToObject(peerError(refused));
};

describe('proof of work', () => {
  it('reads what the peer asks for', () => {
    expect(wantedWork(answer("Proof of work required: token must end with 'AA' (2 chars)"))).toBe(2);
    expect(wantedWork(answer("token must end with 'A' (1 chars)"))).toBe(1);
    expect(wantedWork(answer(`token must end with '${'A'.repeat(11)}' (11 chars)`))).toBeNull();
    expect(wantedWork(answer('pay me'))).toBeNull();
    expect(wantedWork(answer("must end with 'A'", 403))).toBeNull();
    expect(wantedWork(null)).toBeNull();
  });

  it('is known from what the journal keeps, whatever the words are', () => {
    const asked = storedError(answer("token must end with 'AA' (2 chars)"));
    expect(wantedWork(toldError({ ...asked, message: 'no' }, false))).toBe(2);
    const worded = { ...asked, message: "answered 428 : token must end with 'AA' (2 chars)" };
    expect(wantedWork(toldError({ code: worded.code, message: worded.message }, false))).toBeNull();
  });

  it('finds a nonce with which the token ends as it should, and is valid', async () => {
    const network = createInMemoryNetwork();
    const alice = network.person('alice.test');
    const working = { ...alice, signer: workingSigner(alice.signer, 1) };
    const { token } = await createAction(working, 'alice.test', { type: 'CONN', audienceTag: 'bob.test' });
    expect(token.endsWith('A')).toBe(true);
    expect(decodeToken(token).claims._).toMatch(/^[\w-]+$/);
    const { key } = await network.resolver.resolve('alice.test', '261122');
    const verdict = await verifyToken(token, {
      key,
      now: network.clock.now / 1000,
      recipient: 'bob.test',
      powLevel: 1,
    });
    expect(verdict.valid).toBe(true);
    expect(alice.store.relation('alice.test', 'bob.test').connected).toBe(false);
  });

  it('gives up by time or attempts, says what it would cost, and stores nothing', async () => {
    const network = createInMemoryNetwork();
    const alice = network.person('alice.test');
    const conn = { type: 'CONN', audienceTag: 'bob.test' };
    let signed = 0;
    const never = {
      sign: async () => {
        signed += 1;
        return 'x';
      },
    };
    const limited = (level: number, limits: { time: number; attempts: number; now?: () => number }) =>
      failureOf(createAction({ ...alice, signer: workingSigner(never, level, limits) }, 'alice.test', conn));
    const error = await limited(2, { time: 60_000, attempts: 100 });
    expect(error).toMatchObject({ code: 'check.work', details: { level: 2, expected: 4096 } });
    expect(signed).toBeLessThanOrEqual(104);
    let time = 0;
    const now = () => {
      time += 10;
      return time;
    };
    expect(await limited(2, { time: 100, attempts: 1e6, now })).toMatchObject({ code: 'check.work' });
    // Ten letters: not even begun.
    signed = 0;
    const hopeless = await limited(10, { time: 60_000, attempts: 200_000 });
    expect(hopeless).toMatchObject({ code: 'check.work' });
    expect(hopeless.message).toContain('days');
    expect(signed).toBe(0);
    expect([...alice.store.rows('alice.test', {})]).toEqual([]);
  });
});
