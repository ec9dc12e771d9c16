import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startLab } from '../../support/lab.ts';
import { makeIdentity, networkFile, servePeer } from '../../support/lab-identity.ts';
import { temporaryDirectory } from '../../support/run-cli.ts';
import { schemaProblems } from '../../support/schemas.ts';
import { ownHome } from './own-home.ts';

const bob = makeIdentity('bob.test');
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

describe('profile show', () => {
  it('shows the own one, and what is known of a peer, as text and as JSON', async () => {
    const lab = await startLab();
    const own = await ownHome('alice.test');
    await servePeer(lab, bob);
    const network = ['--network', networkFile(lab)];
    const mine = await own.run(['profile', 'show']);
    expect(mine).toMatchObject({ code: 0, stderr: '' });
    expect(mine.stdout).toMatch(/^alice\.test {2}alice \(person\)\n {2}keys .* signing\n {2}people .*0 followers/);
    const never = await own.run(['profile', 'show', 'bob.test']);
    expect([never.code, never.stdout]).toEqual([0, expect.stringContaining('no relation')]);
    expect(never.stderr).toContain('--refresh');
    const asked = await own.run(['profile', 'show', 'bob.test', '--refresh', ...network]);
    expect(asked).toMatchObject({ code: 0, stderr: '' });
    expect(asked.stdout).toMatch(/260131 {2}SHA256:\S+ {2}published\n {2}checked .*ago\)|\(now\)/);
    for (const args of [[], ['bob.test'], ['nobody.test']]) {
      const { json } = await own.run(['profile', 'show', ...args, '--json']);
      expect(schemaProblems('profile show', json)).toEqual([]);
    }
    expect((await own.run(['profile', 'show', 'bob.test', '--json'])).json).toMatchObject({
      own: false,
      as: 'alice.test',
      name: 'bob.test',
      keys: [{ keyId: '260131', state: 'published' }],
    });
  });

  it('says what went wrong with --refresh, and shows nothing else', async () => {
    const lab = await startLab();
    const own = await ownHome('alice.test');
    const peer = await servePeer(lab, bob);
    await peer.close();
    const network = ['--network', networkFile(lab), '--timeout', '15s'];
    const down = await own.run(['profile', 'show', 'bob.test', '--refresh', '--json', ...network]);
    expect(down).toMatchObject({ code: 4, json: { error: { code: 'network.refused' } } });
    expect(schemaProblems('profile show', down.json)).toEqual([]);
    expect((await own.run(['profile', 'show', 'carol.test', '--refresh', ...network])).code).toBe(5);
    expect((await own.run(['profile', 'show', '--refresh'])).code).toBe(2);
    expect((await own.run(['profile', 'show', 'no_name.test'])).code).toBe(2);
  });
});

describe('profile set', () => {
  it('changes what is given', async () => {
    const own = await ownHome('alice.test');
    const picture = join(temporaryDirectory('file-'), 'me.png');
    writeFileSync(picture, PNG);
    const set = await own.run(['profile', 'set', '--name', 'Alice L.', '--picture', picture, '--json']);
    expect(schemaProblems('profile set', set.json)).toEqual([]);
    expect(set).toMatchObject({ code: 0, json: { name: 'Alice L.', changed: true } });
    const { profilePic } = set.json;
    expect((await own.run(['profile', 'show'])).stdout).toContain(profilePic);
    const again = await own.run(['profile', 'set', '--name', 'Alice L.', '--picture', profilePic]);
    expect([again.code, again.stdout, again.stderr]).toEqual([0, expect.stringMatching(/^–/), 'It was so already.\n']);
    const none = await own.run(['profile', 'set', '--no-picture', '--type', 'community', '--json']);
    expect(none.json).toMatchObject({ profilePic: null, type: 'community', name: 'Alice L.' });
  });

  it.each([
    [[], 'usage.missing'],
    [['--name', ' '], 'usage.name'],
    [['--type', 'robot'], 'usage.flag'],
    [['--picture', '/nowhere/me.png'], 'usage.file'],
    [['--picture', '/nowhere/me'], 'usage.file'],
    [['--picture', 'f1~cut'], 'usage.content-id'],
    [['--picture', process.execPath], 'usage.picture'],
    [['--picture', `f1~${'A'.repeat(43)}`], 'usage.picture'],
    [['--picture', 'me.png', '--no-picture'], 'usage.flag'],
    [['--name', 'M', '--as', 'nobody.test'], 'home.identity-missing'],
  ])('%j is refused with %s', async (args, code) => {
    const own = await ownHome('alice.test');
    const { json, code: exit } = await own.run(['profile', 'set', ...args, '--json']);
    expect(json.error.code).toMatch(code === 'usage.flag' ? /^usage\./ : code);
    expect(exit).toBe(code === 'home.identity-missing' ? 8 : 2);
    expect(schemaProblems('profile set', json)).toEqual([]);
    expect((await own.run(['profile', 'show', '--json'])).json).toMatchObject({ name: 'alice', type: 'person' });
  });
});

describe('block and mute', () => {
  it('and their ends, told in words, in relations and in the profile', async () => {
    const own = await ownHome('alice.test');
    const { run } = own;
    expect((await run(['block', 'bob.test'])).stdout).toBe('✓ alice.test blocks bob.test\n');
    expect((await run(['block', 'bob.test'])).stdout).toBe('✓ alice.test blocks bob.test already\n');
    expect((await run(['mute', 'carol.test'])).stdout).toBe('✓ alice.test mutes carol.test\n');
    const all = (await run(['relations'])).stdout;
    expect(all).toMatch(/^bob\.test {4}blocked .*\ncarol\.test {2}muted .*\n$/);
    const blocked = await run(['relations', '--blocked', '--json']);
    expect(schemaProblems('relations', blocked.json)).toEqual([]);
    expect(blocked.json).toMatchObject({ peer: 'bob.test', blocked: true, muted: false });
    expect((await run(['relations', '--muted'])).stdout).toMatch(/^carol/);
    expect((await run(['profile', 'show', 'bob.test'])).stdout).toContain('blocked');
    expect((await run(['profile', 'show'])).stdout).toContain('1 blocked, 1 muted');
    const follow = await run(['follow', 'bob.test', '--json']);
    expect(follow).toMatchObject({ code: 2, json: { error: { code: 'usage.blocked' } } });
    expect(follow.json.error.hint).toContain(`cloudillo unblock --home ${own.home} bob.test`);
    expect((await run(['unblock', 'bob.test'])).stdout).toBe('✓ alice.test no longer blocks bob.test\n');
    expect((await run(['unblock', 'bob.test'])).stdout).toBe("✓ alice.test doesn't block bob.test\n");
    expect((await run(['unmute', 'carol.test'])).stdout).toBe('✓ alice.test no longer mutes carol.test\n');
    expect((await run(['relations'])).stdout).toBe('');
  });

  it.each(['block', 'unblock', 'mute', 'unmute'])(
    '%s writes its published form, and refuses nonsense',
    async (name) => {
      const { run } = await ownHome('alice.test', 'anna.test');
      const done = await run([name, 'bob.test', '--as', 'anna.test', '--json']);
      expect(schemaProblems(name, done.json)).toEqual([]);
      expect(done).toMatchObject({ code: 0, json: { as: 'anna.test', peer: 'bob.test' } });
      for (const [args, code] of [
        [['bob.test'], 'usage.as'],
        [['anna.test', '--as', 'anna.test'], 'usage.self'],
        [['no name', '--as', 'anna.test'], 'usage.id-tag'],
        [[], 'usage.missing'],
      ] as const) {
        const refused = await run([name, ...args, '--json']);
        expect([args, refused.code, refused.json.error.code]).toEqual([args, 2, code]);
        expect(schemaProblems(name, refused.json)).toEqual([]);
      }
    },
  );
});
