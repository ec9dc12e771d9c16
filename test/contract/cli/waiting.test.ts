import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openFileStore } from '../../../src/store/engine/store.ts';
import { answer, startLab } from '../../support/lab.ts';
import { makeIdentity, networkFile, save, servePeer } from '../../support/lab-identity.ts';
import { runCli, temporaryDirectory } from '../../support/run-cli.ts';
import { hasTerminal, openTerminal } from '../../support/terminal.ts';
import { ownHome, serveOwn } from './own-home.ts';

/** A peer that answers when the test says so. */
async function slowPeer() {
  const lab = await startLab();
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await servePeer(lab, makeIdentity('bob.test'), async (_, response) => {
    await released;
    response.end('{"late":true}');
  });
  return { network: networkFile(lab), release };
}

/** A rebuild of so many takes longer than 300 ms. */
const RECORDS = 60_000;
const ERASE = '\r\u001b[K';

describe.skipIf(!hasTerminal)('while one waits, on a terminal', () => {
  it('says which stage is running, and leaves nothing of that', async () => {
    const { network, release } = await slowPeer();
    const terminal = openTerminal(['get', 'bob.test', '/x', '--network', network]);
    await terminal.answer('waiting for the answer of cl-o.bob.test', '');
    release();
    const { code, shown } = await terminal.done;
    expect(code).toBe(0);
    // Each time the line was erased before something else, and nothing of it is left at the end.
    const left = shown.slice(shown.lastIndexOf(ERASE) + ERASE.length);
    expect(left).toContain('{"late":true}');
    expect(left).not.toContain('waiting for');
  });

  it('says how far a batch is, how quick it goes and how long it will take', { timeout: 180_000 }, async () => {
    const alice = makeIdentity('alice.test');
    const token = await alice.sign({ t: 'POST', c: 'again and again' });
    const [file, key] = [save('tokens', `${token}\n\n`.repeat(1_500)), save('alice.json', alice.profile)];
    const { code, shown } = await openTerminal(['verify-token', '--file', file, '--key', key]).done;
    expect(code).toBe(0);
    expect(shown).toMatch(/verify: [\d,]+ of 1,500, [\d,]+ a second, \d+ s left/);
  });

  it('says how far the history of a peer is', { timeout: 60_000 }, async () => {
    const lab = await startLab();
    const [own, bob] = [await ownHome('alice.test'), makeIdentity('bob.test')];
    await serveOwn(lab, own, 'alice.test');
    const tokens = await Promise.all(
      Array.from({ length: 10 }, (_, n) => bob.sign({ t: 'POST', c: `post ${n}`, v: 'P' })),
    );
    await servePeer(lab, bob, async ({ url }, response) => {
      if (url.startsWith('/api/inbox')) return answer(response, {}, { status: 202 });
      if (url.startsWith('/api/auth/access-token')) return answer(response, { token: 'access' });
      // Nothing is shown of a command that is quicker.
      await sleep(400);
      answer(response, { items: tokens.map((token) => ({ token })) });
    });
    const { code, shown } = await openTerminal([
      'follow',
      'bob.test',
      '--home',
      own.home,
      '--network',
      networkFile(lab),
    ]).done;
    expect(code).toBe(0);
    expect(shown).toMatch(/history: \d+ of 10/);
    expect(shown.slice(shown.lastIndexOf(ERASE) + ERASE.length)).not.toContain('history: ');
  });

  it('says how far a rebuild is', { timeout: 120_000 }, async () => {
    const own = await ownHome('alice.test');
    const store = await openFileStore(own.home);
    const muted = (n: number) =>
      store.append([
        { kind: 'treatment', tenant: 'alice.test', peer: `p${n}.test`, blocked: false, muted: true, at: 1 },
      ]);
    for (let n = 0; n < RECORDS; n += 1_000) await Promise.all(Array.from({ length: 1_000 }, (_, m) => muted(n + m)));
    await store.close();
    const { code, shown } = await openTerminal(['store', 'rebuild', '--home', own.home]).done;
    expect(code).toBe(0);
    expect(shown).toMatch(/rebuild: [\d,]+ of \d\d,\d{3}, [\d,]+ a second/);
  });

  it('is silent with --quiet', async () => {
    const { network, release } = await slowPeer();
    const terminal = openTerminal(['get', 'bob.test', '/x', '--network', network, '--quiet', '--timeout', '1s']);
    const { shown } = await terminal.done;
    release();
    expect(shown).toContain('network.timeout');
    expect(shown).not.toContain('waiting for');
  });
});

describe('--verbose', () => {
  it('tells of the home, the settings that were set, and each attempt with its address', async () => {
    const lab = await startLab();
    await servePeer(lab, makeIdentity('bob.test'), (_, response) => void response.end('{}'));
    const home = temporaryDirectory();
    const args = ['get', 'bob.test', '/x', '--network', networkFile(lab), '--home', home, '--timeout', '3s'];
    const { stderr } = await runCli([...args, '--verbose']);
    expect(stderr).toContain(`home: ${home}`);
    expect(stderr).toMatch(/setting request\.timeout: .*command line/);
    expect(stderr).toMatch(/GET https:\/\/cl-o\.bob\.test\/x: 200 from 127\.0\.0\.1:\d+/);
    expect((await runCli(args)).stderr).toBe('');
  });
});
