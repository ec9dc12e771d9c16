import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ARRIVAL_STAGES } from '../../../src/services/inbox/arrival-stages.ts';
import { forged } from '../../support/altered-tokens.ts';
import { makeWorld, TENANT, type World } from '../../support/inbox-samples.ts';
import { type Instance, type Peer, startInstance } from '../../support/instance.ts';

const NAMES = [
  ...['decode', 'known', 'checks', 'key', 'signature', 'recipient'],
  ...['blocked', 'known', 'permission', 'quota', 'effects', 'record', 'announce', 'answer'],
];

let alice: Instance;
let world: World;
let bob: Peer;

beforeEach(async () => {
  alice = await startInstance();
  world = await makeWorld(alice);
  bob = alice.peer('bob.test');
});
afterEach(() => alice.close());

/** The stages that a token went through; the last one with what ended the way there. */
async function wayOf(token: string): Promise<string[]> {
  const stages: string[] = [];
  const watch = (stage: string, _began: number, error?: unknown) => {
    stages.push(stage);
    if (error) stages.push(`refused: ${(error as { code: string }).code}`);
  };
  try {
    const { outcome } = await ARRIVAL_STAGES.run(alice.inbox, { tenant: TENANT, token, origin: 'sync' }, watch);
    return [...stages, outcome];
  } catch {
    return stages;
  }
}

const stagesUpTo = (name: string) => NAMES.slice(0, NAMES.indexOf(name) + 1);

describe('the way of an arriving token', () => {
  it('has these stages, in this order', () => {
    expect(ARRIVAL_STAGES.names).toEqual(NAMES);
  });

  it('leads a good action to its answer, and its repeat to the first look', async () => {
    const token = await bob.sign({ t: 'FLLW', aud: TENANT });
    expect(await wayOf(token)).toEqual([...NAMES, 'stored']);
    expect(await wayOf(token)).toEqual(['decode', 'known', 'duplicate']);
  });

  const cases: [string, string, () => Promise<string>][] = [
    ['decode', 'token.malformed', async () => 'no token'],
    [
      'checks',
      'token.algorithm',
      async () => {
        const [, ...rest] = (await bob.sign({ t: 'FLLW', aud: TENANT })).split('.');
        return [Buffer.from('{"alg":"ES256"}').toString('base64url'), ...rest].join('.');
      },
    ],
    ['signature', 'token.signature', async () => forged(await bob.sign({ t: 'FLLW', aud: TENANT }))],
    ['recipient', 'token.recipient', () => bob.sign({ t: 'FLLW', aud: 'carol.test' })],
    [
      'quota',
      'rate.quota',
      async () => {
        Object.assign(alice.settings.limits, { issuerActions: 0 });
        return bob.sign({ t: 'FLLW', aud: TENANT });
      },
    ],
    ['permission', 'permission.denied', () => bob.sign({ t: 'POST:TEXT', c: 'hello', v: 'P' })],
  ];

  it.each(cases)('ends at "%s" with %s', async (stage, code, token) => {
    expect(await wayOf(await token())).toEqual([...stagesUpTo(stage), `refused: ${code}`]);
  });

  it('ends at "blocked" for a blocked peer, after its signature', async () => {
    await alice.store.append([
      { kind: 'treatment', tenant: TENANT, peer: 'bob.test', blocked: true, muted: false, at: alice.clock.now },
    ]);
    expect(await wayOf(await bob.sign({ t: 'FLLW', aud: TENANT }))).toEqual([
      ...stagesUpTo('blocked'),
      'refused: permission.denied',
    ]);
    expect(world).toBeDefined();
  });
});
