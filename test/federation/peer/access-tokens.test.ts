import { describe, expect, it } from 'vitest';
import { createAccessTokens, type ProxyClaims } from '../../../src/federation/peer/access-tokens.ts';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import { clockOf } from '../../support/clock.ts';

const START = Date.UTC(2026, 0, 31, 12, 0, 0);

function jwt(exp: number | undefined, mark: number): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'HS256' })}.${part({ exp, mark })}.c2ln`;
}

/** The exchange as a table of what happened; the peer's tokens last `lifetime` seconds. */
function exchange({ lifetime = 3_600 as number | null, delay = Promise.resolve() } = {}) {
  const state = {
    now: START,
    signed: [] as [string, ProxyClaims][],
    asked: [] as string[],
    refuse: (): CloudilloError | null => null,
  };
  const tokens = createAccessTokens({
    clock: clockOf(() => state.now),
    sign: async (as, claims) => {
      state.signed.push([as, claims]);
      return `proxy-${state.signed.length}`;
    },
    api: {
      getAccessToken: async (peer, proxy, scope) => {
        await delay;
        const refusal = state.refuse();
        if (refusal) throw refusal;
        state.asked.push(`${peer} ${proxy} ${scope ?? ''}`.trim());
        return jwt(lifetime === null ? undefined : Math.floor(state.now / 1000) + lifetime, state.asked.length);
      },
    },
  });
  return { state, tokens };
}

const refused = (status: number) => new CloudilloError('peer.refused', 'no', { details: { status } });

describe('get', () => {
  it('signs a PROXY token for the peer that lasts a minute', async () => {
    const { tokens, state } = exchange();
    await tokens.get('alice.test', 'bob.test');
    const iat = START / 1000;
    expect(state.signed).toEqual([['alice.test', { t: 'PROXY', aud: 'bob.test', iat, exp: iat + 60 }]]);
    expect(state.asked).toEqual(['bob.test proxy-1']);
  });

  it('signs again by the peer’s clock, once, when the peer refuses and its clock is another', async () => {
    const { tokens, state } = exchange();
    const theirs = START / 1000 + 700;
    let refusals = 1;
    state.refuse = () => {
      if (refusals === 0) return null;
      refusals -= 1;
      return new CloudilloError('peer.refused', 'expired', {
        details: { status: 401, clockAhead: -700, date: theirs },
      });
    };
    await tokens.get('alice.test', 'bob.test');
    expect(state.signed.map(([, { iat, exp }]) => [iat, exp])).toEqual([
      [START / 1000, START / 1000 + 60],
      [theirs, theirs + 60],
    ]);
    refusals = 5;
    await expect(tokens.get('alice.test', 'carol.test')).rejects.toMatchObject({ code: 'peer.refused' });
    expect(state.signed).toHaveLength(4);
    state.refuse = () => new CloudilloError('peer.refused', 'no', { details: { status: 401 } });
    await expect(tokens.get('alice.test', 'dave.test')).rejects.toMatchObject({ code: 'peer.refused' });
    expect(state.signed).toHaveLength(5);
  });

  it('keeps the token until a minute before it expires', async () => {
    const { tokens, state } = exchange();
    const first = await tokens.get('alice.test', 'bob.test');
    state.now += 3_539_000;
    expect(await tokens.get('alice.test', 'bob.test')).toBe(first);
    state.now += 1_000;
    expect(await tokens.get('alice.test', 'bob.test')).not.toBe(first);
  });

  it('keeps one per own identity, peer and scope', async () => {
    const { tokens, state } = exchange();
    for (let round = 0; round < 2; round++) {
      await tokens.get('alice.test', 'bob.test');
      await tokens.get('carol.test', 'bob.test');
      await tokens.get('alice.test', 'dave.test');
      await tokens.get('alice.test', 'bob.test', { scope: 'file:f1~x:R' });
    }
    expect(state.asked).toHaveLength(4);
  });

  it('makes one exchange for all who ask at once', async () => {
    const { tokens, state } = exchange();
    await Promise.all(Array.from({ length: 20 }, () => tokens.get('alice.test', 'bob.test')));
    expect(state.asked).toHaveLength(1);
  });

  it('keeps an opaque token for a few minutes', async () => {
    const { tokens, state } = exchange({ lifetime: null });
    await tokens.get('alice.test', 'bob.test');
    state.now += 239_000;
    await tokens.get('alice.test', 'bob.test');
    expect(state.asked).toHaveLength(1);
    state.now += 1_000;
    await tokens.get('alice.test', 'bob.test');
    expect(state.asked).toHaveLength(2);
  });

  it('keeps none that claims to last for years beyond an hour', async () => {
    const { tokens, state } = exchange({ lifetime: 1e9 });
    await tokens.get('alice.test', 'bob.test');
    state.now += 3_600_000;
    await tokens.get('alice.test', 'bob.test');
    expect(state.asked).toHaveLength(2);
  });

  it('does not keep a failure', async () => {
    let calls = 0;
    const tokens = createAccessTokens({
      clock: clockOf(() => START),
      sign: async () => 'proxy',
      api: {
        getAccessToken: async () => {
          calls += 1;
          if (calls === 1) throw refused(401);
          return 'opaque';
        },
      },
    });
    await expect(tokens.get('alice.test', 'bob.test')).rejects.toMatchObject({ code: 'peer.refused' });
    await expect(tokens.get('alice.test', 'bob.test')).resolves.toBe('opaque');
  });
});

describe('with', () => {
  it.each([401, 403])('drops the token on %i and tries once with a fresh one', async (status) => {
    const { tokens, state } = exchange();
    const seen: string[] = [];
    const result = await tokens.with('alice.test', 'bob.test', async (bearer) => {
      seen.push(bearer);
      if (seen.length === 1) throw refused(status);
      return 'read';
    });
    expect(result).toBe('read');
    expect(new Set(seen).size).toBe(2);
    expect(state.asked).toHaveLength(2);
  });

  it('passes the second refusal on', async () => {
    const { tokens } = exchange();
    let calls = 0;
    const call = tokens.with('alice.test', 'bob.test', async () => {
      calls += 1;
      throw refused(403);
    });
    await expect(call).rejects.toMatchObject({ code: 'peer.refused' });
    expect(calls).toBe(2);
  });

  it.each([refused(404), new CloudilloError('peer.error', 'x', { details: { status: 500 } }), new TypeError('bug')])(
    'does not try again on %s',
    async (error) => {
      const { tokens, state } = exchange();
      await expect(
        tokens.with('alice.test', 'bob.test', async () => {
          throw error;
        }),
      ).rejects.toBe(error);
      expect(state.asked).toHaveLength(1);
    },
  );

  it('refused at once for many callers costs one new exchange', async () => {
    const { tokens, state } = exchange();
    const old = await tokens.get('alice.test', 'bob.test');
    await Promise.all(
      Array.from({ length: 10 }, () =>
        tokens.with('alice.test', 'bob.test', async (bearer) => {
          await new Promise((resolve) => setImmediate(resolve));
          if (bearer === old) throw refused(401);
        }),
      ),
    );
    expect(state.asked).toHaveLength(2);
  });
});
