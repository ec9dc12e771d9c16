import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeToken } from '../../../src/protocol/token.ts';
import { openFileStore } from '../../../src/store/engine/store.ts';
import { makeIdentity } from '../../support/lab-identity.ts';
import { schemaProblems } from '../../support/schemas.ts';
import { type OwnHome, ownHome } from './own-home.ts';

const bob = makeIdentity('bob.test');

/** Stores three posts of bob's. */
async function filled(): Promise<OwnHome & { tokens: string[]; ids: string[] }> {
  const own = await ownHome('alice.test');
  const store = await openFileStore(own.home);
  const tokens: string[] = [];
  for (const c of ['one', 'two', 'three']) {
    const token = await bob.sign({ t: 'POST', c: `${c} ${'x'.repeat(2000)}` });
    const { actionId } = decodeToken(token);
    const base = { tenant: 'alice.test', actionId, token, direction: 'in', status: 'A', receivedAt: 1 } as const;
    await store.append([{ kind: 'action', ...base }]);
    tokens.push(token);
  }
  await store.close();
  return { ...own, tokens, ids: tokens.map((token) => decodeToken(token).actionId) };
}

/** The files of a home that hold a text. */
function filesWith(home: string, text: string): string[] {
  const names = readdirSync(home, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => statSync(join(home, name)).isFile() && readFileSync(join(home, name)).includes(text));
}

describe('store compact', () => {
  it('drops a deleted action from every file of the home, and says what it did', async () => {
    const { home, run, tokens, ids } = await filled();
    const [token = ''] = tokens;
    const [id = ''] = ids;
    expect(await run(['delete', id])).toMatchObject({ code: 0 });
    const wouldBe = await run(['store', 'compact', '--dry-run', '--json']);
    expect(wouldBe).toMatchObject({ code: 0, json: { dryRun: true, erased: 1 } });
    expect(schemaProblems('store compact', wouldBe.json)).toEqual([]);
    expect(filesWith(home, token)).not.toEqual([]);
    const text = await run(['store', 'compact']);
    expect(text).toMatchObject({ code: 0 });
    expect(text.stdout).toMatch(/^✓ compacted {2}.* → .*; 1 of 1 segment in .*\n {2}gone for good: 1 action\n$/);
    expect(filesWith(home, token)).toEqual([]);
    expect(filesWith(home, tokens[1] as string)).toHaveLength(1);
    const again = await run(['store', 'compact', '--json']);
    expect(again).toMatchObject({ code: 0, json: { dryRun: false, erased: 0, forgotten: 0 } });
    expect(schemaProblems('store compact', again.json)).toEqual([]);
    expect(await run(['store', 'check', '--json'])).toMatchObject({ code: 0, json: { ok: true, actions: 3 } });
  });

  it('is told by the commands that look for what it dropped', async () => {
    const { run, ids } = await filled();
    const [id = ''] = ids;
    await run(['delete', id]);
    await run(['store', 'compact']);
    expect(await run(['actions', id, '--json'])).toMatchObject({
      code: 8,
      json: { error: { code: 'store.no-action' } },
    });
    expect((await run(['actions', '--status', 'D', '--json'])).stdout).toBe('');
    // It is known, and deleted already.
    expect(await run(['delete', id])).toMatchObject({ code: 0 });
    const rest = await run(['actions', '--json']);
    expect(rest.stdout.trimEnd().split('\n')).toHaveLength(2);
  });
});
