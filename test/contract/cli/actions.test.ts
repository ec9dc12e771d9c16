import { describe, expect, it } from 'vitest';
import { decodeToken } from '../../../src/protocol/token.ts';
import { createSigner } from '../../../src/services/keys/sign.ts';
import { systemClock } from '../../../src/services/runtime/system-clock.ts';
import { openFileStore } from '../../../src/store/engine/store.ts';
import { createIdentities } from '../../../src/store/identities/identities.ts';
import type { ActionStatus, JournalEvent } from '../../../src/store/model/events.ts';
import { makeIdentity } from '../../support/lab-identity.ts';
import { schemaProblems } from '../../support/schemas.ts';
import { type OwnHome, ownHome } from './own-home.ts';

const bob = makeIdentity('bob.test');
const IAT = Math.floor(Date.UTC(2026, 0, 31, 12) / 1000);

/** Puts actions into alice's store: posts of hers, oldest first, and one follow of bob's that waits. */
async function fill({ home }: OwnHome, posts: number): Promise<string[]> {
  const signer = createSigner({ identities: createIdentities(home), clock: systemClock });
  const store = await openFileStore(home);
  const ids: string[] = [];
  const add = async (token: string, direction: 'in' | 'out', status: ActionStatus) => {
    const { actionId } = decodeToken(token);
    const base = { tenant: 'alice.test', actionId, token, direction, status, receivedAt: Date.now() };
    const event: JournalEvent = { kind: 'action', ...base };
    await store.append([event]);
    ids.push(actionId);
  };
  for (let i = 0; i < posts; i += 1) {
    await add(await signer.sign('alice.test', { t: 'POST:TEXT', c: `post ${i}\u001b[2J`, iat: IAT + i }), 'out', 'A');
  }
  await add(await bob.sign({ t: 'FLLW', aud: 'alice.test', iat: IAT + posts }), 'in', 'C');
  await store.close();
  return ids;
}

describe('actions', () => {
  it('lists newest first, a line each, safe to print', async () => {
    const own = await ownHome('alice.test');
    const ids = await fill(own, 2);
    const { code, stdout, stderr } = await own.run(['actions']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.map((line) => /a1~\S{43}/.exec(line)?.[0])).toEqual([...ids].reverse());
    expect(lines[0]).toMatch(/^2026-01-31 12:00Z {2}← {2}FLLW +C {2}bob\.test → alice\.test {2}a1~/);
    expect(stdout).not.toContain('\u001b');
  });

  it('streams one object an action with --json, over as many pages as it takes', async () => {
    const own = await ownHome('alice.test');
    const ids = await fill(own, 450);
    const all = await own.run(['actions', '--limit', '0', '--json', '--tokens']);
    expect(all.code).toBe(0);
    expect(all.lines.map(({ actionId }) => actionId)).toEqual([...ids].reverse());
    expect(schemaProblems('actions', all.lines[0])).toEqual([]);
    expect(decodeToken(all.lines[0].token).actionId).toBe(all.lines[0].actionId);
    const some = await own.run(['actions', '--limit', '201', '--json']);
    expect(some.lines).toHaveLength(201);
    expect(some.stderr).toContain('--limit');
  });

  it('filters', async () => {
    const own = await ownHome('alice.test');
    const ids = await fill(own, 2);
    const listed = async (...flags: string[]) =>
      (await own.run(['actions', '--json', ...flags])).lines.map(({ actionId }) => actionId);
    expect(await listed('--type', 'FLLW')).toEqual([ids[2]]);
    expect(await listed('--status', 'C', '--issuer', 'bob.test')).toEqual([ids[2]]);
    expect(await listed('--type', 'POST', '--since', '2026-01-31T12:00:00Z')).toEqual([ids[1]]);
    expect(await listed('--issuer', 'carol.test')).toEqual([]);
    expect(await listed('--parent', `a1~${'A'.repeat(43)}`)).toEqual([]);
    expect(await listed('--parent', (ids[0] ?? '').slice(0, 14))).toEqual([]);
  });

  it('shows one in detail', async () => {
    const own = await ownHome('alice.test');
    const [id = ''] = await fill(own, 1);
    const shown = await own.run(['actions', id.slice(0, 14), '--json']);
    expect(schemaProblems('actions', shown.json)).toEqual([]);
    expect(shown.json).toMatchObject({
      idTag: 'alice.test',
      action: { actionId: id, type: 'POST:TEXT' },
      deliveries: [],
    });
    expect((await own.run(['actions', id])).stdout).toContain('post 0\\u001b[2J');
  });

  it.each([
    [['--type', 'NOPE'], 2, 'usage.type'],
    [['--status', 'Q'], 2, 'usage.status'],
    [['--limit', '-1'], 2, 'usage.value'],
    [['--since', 'yesterday'], 2, 'usage.time'],
    [['--parent', 'a1~'], 2, 'usage.action-id'],
    [['--parent', 'a1~AAAAAA'], 8, 'store.no-action'],
    [['a1~'], 2, 'usage.action-id'],
    [[`a1~${'A'.repeat(43)}`], 8, 'store.no-action'],
  ])('refuses %j', async (args, code, error) => {
    const { run } = await ownHome('alice.test');
    expect(await run(['actions', ...args, '--json'])).toMatchObject({ code, json: { error: { code: error } } });
  });

  it('says that nothing fits', async () => {
    const { run } = await ownHome('alice.test');
    expect(await run(['actions'])).toMatchObject({ code: 0, stdout: '', stderr: 'No matching actions.\n' });
    expect(await run(['actions', '--json'])).toMatchObject({ code: 0, stdout: '' });
    expect(await run(['relations'])).toMatchObject({ code: 0, stdout: '' });
  });
});
