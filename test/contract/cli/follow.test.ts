import { describe, expect, it } from 'vitest';
import { startLab } from '../../support/lab.ts';
import { makeIdentity, networkFile, servePeer } from '../../support/lab-identity.ts';
import { inboxAnswers, posted } from '../../support/own-instance.ts';
import { schemaProblems } from '../../support/schemas.ts';
import { ownHome, serveOwn } from './own-home.ts';

const bob = makeIdentity('bob.test');

/** A home of alice's whose network is a lab, with bob's server in it. */
async function setUp(...statuses: number[]) {
  const lab = await startLab();
  const own = await ownHome('alice.test');
  const [peer] = await Promise.all([servePeer(lab, bob, inboxAnswers(...statuses)), serveOwn(lab, own, 'alice.test')]);
  const file = networkFile(lab);
  const run = (...args: string[]) => own.run([...args, '--network', file, '--timeout', '15s']);
  return { lab, own, peer, run };
}

describe('follow', () => {
  it('shows stage by stage what it does, and the outcome on stdout', async () => {
    const { own, run } = await setUp(202);
    const { code, stdout, stderr } = await run('follow', 'bob.test');
    expect(code).toBe(0);
    expect(stderr.match(/(?<=[✓✗–] )\w+/g)).toEqual(['preflight', 'profile', 'sign', 'store', 'deliver', 'history']);
    expect(stderr).toMatch(/ ms\n/);
    expect(stdout).toMatch(/^✓ alice\.test follows bob\.test\n {2}action {2}a1~\S{43}\n {2}answer {2}202\n$/);
    const again = await run('follow', 'bob.test', '--quiet');
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout).toMatch(/follows bob\.test already, since 20\d\d-\d\d-\d\d \d\d:\d\dZ\n/);
    expect((await own.run(['relations'])).stdout).toMatch(
      /^bob\.test {2}following {2}\d{4}-\d\d-\d\d \d\d:\d\dZ {2}bob\.test\n$/,
    );
    expect((await own.run(['unfollow', 'carol.test'])).stdout).toContain("doesn't follow carol.test");
  });

  it('writes its published form with --json, whatever comes of it', async () => {
    const { run } = await setUp(202, 403);
    const accepted = await run('follow', 'bob.test', '--json');
    const already = await run('follow', 'bob.test', '--json');
    const refused = await run('unfollow', 'bob.test', '--json');
    const dryRun = await run('follow', 'bob.test', '--dry-run', '--json');
    const runs = [accepted, already, refused, dryRun];
    expect(runs.map(({ code, json }) => [code, json.outcome])).toEqual([
      [0, 'accepted'],
      [0, 'already'],
      [7, 'refused'],
      [0, 'dry-run'],
    ]);
    for (const { json } of runs) expect(schemaProblems('follow', json)).toEqual([]);
    expect(refused.json).toMatchObject({ following: false, error: { code: 'peer.refused' } });
  });

  it('ends with 7 when the peer refuses, with its words', async () => {
    const { run } = await setUp(403);
    const { code, stdout, stderr } = await run('follow', 'bob.test');
    expect(code).toBe(7);
    expect(stdout).toContain("alice.test doesn't follow bob.test");
    expect(stderr).toContain('code: peer.refused');
    expect(stderr).toContain('E-AUTH-NOPERM');
  });

  it('stays queued with 4 when the peer is down, and deliver brings it there later', async () => {
    const { lab, own, peer, run } = await setUp(202);
    await peer.close();
    const queued = await run('follow', 'bob.test', '--json');
    expect(queued).toMatchObject({ code: 4, json: { outcome: 'queued', error: { code: 'network.refused' } } });
    expect(schemaProblems('follow', queued.json)).toEqual([]);
    const { hint } = queued.json.error;
    expect(hint).toMatch(/cloudillo deliver --network \S+network\.json --home /);
    expect(hint).toContain(own.home);
    const still = await run('deliver', '--json');
    expect(still).toMatchObject({ code: 4, json: { state: 'queued' } });
    expect(schemaProblems('deliver', still.json)).toEqual([]);
    const up = await servePeer(lab, bob, inboxAnswers(202));
    const { home } = own;
    const delivered = await own.run(['deliver', '--network', networkFile(lab), '--json']);
    expect(delivered).toMatchObject({ code: 0, json: { state: 'delivered', to: 'bob.test', status: 202 } });
    expect(posted(up)).toEqual([queued.json.token]);
    expect(home).toBe(own.home);
    expect(await own.run(['deliver'])).toMatchObject({ code: 0, stdout: '', stderr: 'Nothing is queued.\n' });
  });

  it('tells which command starts the server when the own profile does not answer', async () => {
    const lab = await startLab();
    const own = await ownHome('alice.test');
    const peer = await servePeer(lab, bob, inboxAnswers(202));
    lab.know('alice.test', 1);
    const network = ['--network', networkFile(lab)];
    const { code, json } = await own.run(['follow', 'bob.test', '--json', ...network]);
    expect({ code, outcome: json.outcome }).toEqual({ code: 4, outcome: 'queued' });
    expect(json.error.hint).toMatch(/cloudillo serve --network \S+network\.json --home /);
    expect(posted(peer)).toEqual([]);
    const anyway = await own.run(['follow', 'bob.test', '--no-preflight', '--json', ...network]);
    expect(anyway).toMatchObject({ code: 0, json: { outcome: 'accepted' } });
  });

  it('does not say that a server is to be started when it is the DNS that fails', async () => {
    const { lab, run } = await setUp(202);
    lab.dns.names.set('cl-o.alice.test', 'SERVFAIL');
    const { code, json } = await run('follow', 'bob.test', '--json');
    expect({ code, outcome: json.outcome }).toEqual({ code: 5, outcome: 'queued' });
    expect(json.error.hint).toMatch(/cloudillo dns-check --network \S+network\.json --home \S+ alice\.test/);
    expect(json.error.hint).not.toContain('serve');
  });

  it('ends with 5 where the DNS fails, queued when it may pass', async () => {
    const { lab, run } = await setUp(202);
    lab.dns.names.set('cl-o.bob.test', 'SERVFAIL');
    const passing = await run('follow', 'bob.test', '--json');
    expect(passing).toMatchObject({ code: 5, json: { outcome: 'queued', error: { code: 'dns.servfail' } } });
    const proven = await run('follow', 'nobody.test', '--json');
    expect(proven).toMatchObject({ code: 5, json: { error: { code: 'dns.nxdomain', stage: 'dns' } } });
  });

  it.each([
    [['follow'], 2, 'usage.missing'],
    [['follow', 'no tag'], 2, 'usage.id-tag'],
    [['follow', 'alice.test'], 2, 'usage.self'],
    [['unfollow', 'alice.test'], 2, 'usage.self'],
    [['connect', 'alice.test'], 2, 'usage.self'],
    [['disconnect', 'alice.test'], 2, 'usage.self'],
    [['block', 'alice.test'], 2, 'usage.self'],
    [['follow', 'bob.test', '--as', 'eve.test'], 8, 'home.identity-missing'],
    [['follow', 'bob.test', '--timeout', 'never'], 2, 'usage.duration'],
    [['follow', 'bob.test', '--network', '/nowhere'], 2, 'usage.network'],
    [['unfollow', '-x'], 2, 'usage.flag'],
  ])('refuses %j', async (args, code, error) => {
    const { run } = await ownHome('alice.test');
    const result = await run([...args, '--json']);
    expect(result).toMatchObject({ code, json: { error: { code: error } } });
  });

  it('needs a home', async () => {
    const { run } = await ownHome();
    expect(await run(['follow', 'bob.test', '--json'])).toMatchObject({
      code: 8,
      json: { error: { code: 'home.missing' } },
    });
  });
});
