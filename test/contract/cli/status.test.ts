import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeToken } from '../../../src/protocol/token.ts';
import { openFileStore } from '../../../src/store/engine/store.ts';
import { makeIdentity } from '../../support/lab-identity.ts';
import { schemaProblems } from '../../support/schemas.ts';
import { type OwnHome, ownHome } from './own-home.ts';

const bob = makeIdentity('bob.test');

/** Three actions in alice's store; returns the journal's first segment. */
async function fill({ home }: OwnHome): Promise<string> {
  const store = await openFileStore(home);
  for (const c of ['one', 'two', 'three']) {
    const token = await bob.sign({ t: 'POST', c });
    const { actionId } = decodeToken(token);
    const base = { tenant: 'alice.test', actionId, token, direction: 'in', status: 'A', receivedAt: 1 } as const;
    await store.append([{ kind: 'action', ...base }]);
  }
  await store.close();
  const [segment = ''] = readdirSync(join(home, 'journal')).filter((name) => name.endsWith('.ndjson'));
  return join(home, 'journal', segment);
}

/** Changes a byte inside the second record. */
function damage(segment: string): void {
  const lines = readFileSync(segment, 'utf8').split('\n');
  lines[1] = (lines[1] ?? '').replace('POST', 'PAST').replace('"in"', '"iN"');
  writeFileSync(segment, lines.join('\n'));
}

describe('status', () => {
  it('tells how the instance is, and fails only when asked to', async () => {
    const own = await ownHome('alice.test');
    await fill(own);
    const text = await own.run(['status']);
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout).toContain('3 actions');
    expect(text.stdout).toContain('server.stopped');
    const { code, json } = await own.run(['status', '--check', '--json']);
    expect(code).toBe(3);
    expect(schemaProblems('status', json)).toEqual([]);
    expect(json).toMatchObject({ server: null, store: { actions: 3 }, problems: [{ code: 'server.stopped' }] });
  });

  it('names commands that work in this home as they stand', async () => {
    const { home, run } = await ownHome('alice.test');
    expect((await run(['status', '--json'])).json.problems).toMatchObject([{ hint: `cloudillo serve --home ${home}` }]);
  });

  it("shows a certificate once that is everybody's and an identity's own", async () => {
    const { home, run } = await ownHome('alice.test');
    const directory = join(home, 'certificates');
    mkdirSync(join(directory, 'alice.test'), { recursive: true });
    const files = ['cert.pem', 'key.pem'].map((name) => join(directory, 'alice.test', name));
    for (const file of files) writeFileSync(file, '');
    const [cert, key] = files;
    const settings = { 'tls.cert': cert, 'tls.key': key, 'tls.directory': directory };
    for (const [name, value = ''] of Object.entries(settings)) await run(['config', 'set', name, value]);
    const { stdout } = await run(['status']);
    expect(stdout.match(/^ {2}certificate /gm)).toHaveLength(1);
  });

  it('shows what a crash left behind', async () => {
    const own = await ownHome('alice.test');
    appendFileSync(await fill(own), '{"h":"torn');
    const { json } = await own.run(['status', '--json']);
    expect(schemaProblems('status', json)).toEqual([]);
    expect(json.problems.map(({ code }: { code: string }) => code)).toContain('store.torn');
  });

  it('needs a home', async () => {
    const { run } = await ownHome();
    expect(await run(['status', '--json'])).toMatchObject({ code: 8, json: { error: { code: 'home.missing' } } });
  });
});

describe('store', () => {
  it('checks and rebuilds a sound store', async () => {
    const own = await ownHome('alice.test');
    await fill(own);
    const check = await own.run(['store', 'check', '--json']);
    expect(check).toMatchObject({ code: 0, json: { ok: true, actions: 3, findings: [] } });
    expect(schemaProblems('store check', check.json)).toEqual([]);
    const rebuild = await own.run(['store', 'rebuild', '--json']);
    expect(rebuild).toMatchObject({ code: 0, json: { damaged: [], stats: { actions: 3 } } });
    expect(schemaProblems('store rebuild', rebuild.json)).toEqual([]);
  });

  it('reports a record that was changed on disk, and never skips it silently', async () => {
    const own = await ownHome('alice.test');
    damage(await fill(own));
    const check = await own.run(['store', 'check', '--json']);
    expect(check).toMatchObject({ code: 3, json: { ok: false } });
    expect(check.json.findings.length).toBeGreaterThan(0);
    expect(schemaProblems('store check', check.json)).toEqual([]);
    const text = await own.run(['store', 'check']);
    expect(text.stdout).toMatch(/^✗ \d+ findings?/);
    expect(text.stdout).toContain(`for the index alone: cloudillo store rebuild --home ${own.home}`);
    const actions = await own.run(['actions', '--limit', '2']);
    expect(actions.stdout.match(/POST/g)).toHaveLength(2);
    expect(actions.stderr).toContain(`is damaged on disk: cloudillo store check --home ${own.home}`);
    const problems = async () => (await own.run(['status', '--json'])).json.problems;
    expect(await problems()).toContainEqual(expect.objectContaining({ code: 'store.damaged' }));
    const rebuild = await own.run(['store', 'rebuild', '--json']);
    expect(rebuild.code).toBe(3);
    expect(rebuild.json.damaged.length).toBeGreaterThan(0);
    expect(await problems()).toContainEqual(expect.objectContaining({ code: 'store.damaged' }));
    const list = await own.run(['actions']);
    expect(list.stderr).toContain(`1 record of the journal is damaged`);
    expect(list.stderr).toContain(`cloudillo store check --home ${own.home}`);
  });

  it.each([
    ['identity.json', '{'],
    ['access.json', '{"pasword":{}}'],
  ])('finds a %s that cannot be used', async (name, text) => {
    const { home, run } = await ownHome('alice.test', 'bob.test');
    const path = join(home, 'identities/bob.test', name);
    writeFileSync(path, text);
    const { code, json } = await run(['store', 'check', '--json']);
    expect(code).toBe(3);
    expect(json.findings).toMatchObject([{ kind: 'document', reason: expect.stringContaining(path) }]);
    expect(schemaProblems('store check', json)).toEqual([]);
  });

  it('finds that an identity has no identity.json', async () => {
    const { home, run } = await ownHome('alice.test');
    rmSync(join(home, 'identities/alice.test/identity.json'));
    expect((await run(['store', 'check', '--json'])).json.findings).toMatchObject([{ kind: 'document' }]);
  });

  it('takes a home without the folder of identities for one that has none, as every command does', async () => {
    const { home, run } = await ownHome('alice.test');
    rmSync(join(home, 'identities'), { recursive: true });
    expect(await run(['store', 'check', '--json'])).toMatchObject({ code: 0, json: { ok: true, findings: [] } });
  });

  it('needs a home', async () => {
    const { run } = await ownHome();
    for (const command of ['check', 'rebuild']) {
      const { code, json } = await run(['store', command, '--json']);
      expect({ code, error: json.error.code }).toEqual({ code: 8, error: 'home.missing' });
    }
  });
});
