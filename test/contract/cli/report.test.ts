import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { initInstance } from '../../../src/services/home/init.ts';
import { systemClock } from '../../../src/services/runtime/system-clock.ts';
import { createArrivalLog } from '../../../src/store/cache/arrival-log.ts';
import { emptyNote } from '../../../src/store/model/arrival-note.ts';
import { refuse, startLab } from '../../support/lab.ts';
import { makeIdentity, networkFile, save, servePeer } from '../../support/lab-identity.ts';
import { inboxAnswers } from '../../support/own-instance.ts';
import { runCli, temporaryDirectory } from '../../support/run-cli.ts';
import { schemaProblems } from '../../support/schemas.ts';
import { at, serveWell } from '../../support/well-server.ts';

const SECRET = 'Hunter2Hunter2Hunter2';
const TOKEN = `eyJhbGciOiJFUzM4NCJ9.eyJpc3MiOiJ4In0.${SECRET}`;

async function setUp() {
  const lab = await startLab();
  const home = join(temporaryDirectory(), 'home');
  await initInstance({ home, clock: systemClock }, { idTag: 'alice.test' });
  return { lab, home, network: networkFile(lab) };
}

/** Notes arrivals as a server does. */
async function noteArrivals(home: string, notes: Parameters<typeof emptyNote>[0][]): Promise<void> {
  const log = createArrivalLog(home);
  for (const note of notes) log.note(emptyNote(note));
  await log.close();
}

describe('report', () => {
  it('has versions, settings, what doctor finds, and the end of a log', async () => {
    const { home, network } = await setUp();
    await runCli(['config', 'set', 'followers', 'false', '--home', home]);
    const log = save('server.log', Array.from({ length: 300 }, (_, n) => `line ${n}`).join('\n'));
    const run = await runCli(['report', '--home', home, '--network', network, '--log', log, '--json']);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(schemaProblems('report', run.json)).toEqual([]);
    const version = JSON.parse(readFileSync('package.json', 'utf8')).version;
    expect(run.json).toMatchObject({ version, node: process.version, peer: null });
    expect(run.json.settings).toContainEqual({ name: 'followers', value: false, origin: 'config' });
    expect(run.json.doctor.findings.map(({ fault }: { fault: string }) => fault)).toEqual(['server-stopped']);
    expect([run.json.log.length, run.json.log.at(-1)]).toEqual([200, 'line 299']);
  });

  it('writes Markdown to a new file, and examines an identity', async () => {
    const { lab, home, network } = await setUp();
    await serveWell(lab);
    const out = join(temporaryDirectory(), 'report.md');
    const args = ['report', 'alice.test', '--home', home, '--network', network, '--out', out];
    expect(await runCli(args)).toMatchObject({ code: 0, stdout: '' });
    const text = readFileSync(out, 'utf8');
    for (const heading of ['# cloudillo ', '## doctor\n', '## doctor alice.test\n']) expect(text).toContain(heading);
    expect(await runCli([...args, '--json'])).toMatchObject({ code: 2, json: { error: { code: 'usage.exists' } } });
  });

  it('is made without a home, and with settings that can not be read', async () => {
    const none = await runCli(['report', '--json']);
    expect(schemaProblems('report', none.json)).toEqual([]);
    const missing = { error: { code: 'home.missing' } };
    const parts = { deliveries: missing, inbox: missing, store: missing };
    expect(none).toMatchObject({ code: 0, json: { doctor: { findings: [{ code: 'home.missing' }] }, ...parts } });
    const { home } = await setUp();
    writeFileSync(join(home, 'config.json'), `{"log.level":"${SECRET}","x":`);
    const run = await runCli(['report', '--json', '--home', home]);
    expect(schemaProblems('report', run.json)).toEqual([]);
    expect(run).toMatchObject({ code: 0, json: { settings: { error: { code: expect.any(String) } } } });
  });

  it('has deliveries, what came in the last hour, the store, and a trace of its own work', async () => {
    const { home, lab } = await setUp();
    await servePeer(lab, makeIdentity('bob.test'), inboxAnswers(503));
    const network = networkFile(lab);
    await runCli(['message', 'bob.test', 'hello', '--no-preflight', '--home', home, '--network', network]);
    await noteArrivals(home, [
      { at: Date.now() - 7_200_000, outcome: 'refused', issuer: 'old.test', type: 'MSG' },
      { at: Date.now() - 5_000, outcome: 'refused', issuer: 'eve.test', type: 'MSG' },
    ]);
    const args = ['report', '--home', home, '--network', network];
    const { json: report } = await runCli([...args, '--json']);
    expect(schemaProblems('report', report)).toEqual([]);
    expect(report.deliveries).toMatchObject({
      byState: { queued: 1 },
      failing: [{ peer: 'bob.test' }],
      failingCount: 1,
    });
    expect(report.inbox.arrivals.map(({ issuer }: { issuer: string }) => issuer)).toEqual(['eve.test']);
    expect(report.store).toMatchObject({ ok: true, findings: [], findingCount: 0 });
    const [whole, ...parts] = report.trace.spans;
    expect(whole).toMatchObject({ name: 'report', parent: null });
    expect(parts.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['examineHome', 'checkStore']),
    );
    const { stdout } = await runCli(args);
    for (const text of ['1 queued', '?eve.test', '✓ sound', 'examineHome']) expect(stdout).toContain(text);
  });

  it('adds the end of a file of traces, and its spans stand in a trace of its own command, too', async () => {
    const { home, network } = await setUp();
    const file = join(temporaryDirectory(), 'traces');
    const at = ['--home', home, '--network', network];
    await runCli(['fetch-profile', 'nobody.test', ...at, '--trace-file', file]);
    const { json: report, stderr } = await runCli(['report', '--traces', file, ...at, '--json', '--trace']);
    expect(JSON.parse(report.traces.at(-1))).toMatchObject({ name: 'cloudillo fetch-profile' });
    expect(stderr).toContain('"name":"examineHome"');
    expect(report.trace.spans[0].trace).toBe(JSON.parse(stderr.split('\n')[0] ?? '').trace);
  });

  it('has a bounded size, whatever there is', async () => {
    const { home, network } = await setUp();
    const long = save('long', Array.from({ length: 5_000 }, (_, n) => `${n} ${'x'.repeat(1_000)}`).join('\n'));
    const at = Date.now() - 1_000;
    const reason = 'y'.repeat(500);
    await noteArrivals(
      home,
      Array.from({ length: 1_000 }, (_, n) => ({
        at,
        outcome: 'refused',
        bytes: 900,
        issuer: `i${n}.test`,
        failed: [['format', reason]],
      })),
    );
    const args = ['report', '--home', home, '--network', network, '--log', long, '--traces', long];
    const [text, wrapped] = await Promise.all([runCli(args), runCli([...args, '--json'])]);
    expect([wrapped.json.inbox.hasMore, wrapped.json.inbox.arrivals.length]).toEqual([true, 200]);
    expect(wrapped.json.log.length).toBeLessThanOrEqual(200);
    for (const { stdout } of [text, wrapped]) expect(Buffer.byteLength(stdout)).toBeLessThan(2 * 1024 * 1024);
  });

  it('says that a log is missing before anything is done', async () => {
    const run = await runCli(['report', '--log', '/gone.log', '--json']);
    expect(run).toMatchObject({ code: 2, json: { error: { code: 'usage.file' } } });
    const endless = await runCli(['report', '--traces', '/dev/zero', '--json']);
    expect(endless).toMatchObject({ code: 2, json: { error: { code: 'usage.file' } } });
  });

  it('has no secret, wherever one was planted', async () => {
    const { lab, home, network } = await setUp();
    // In what a peer answers, in its headers, in the log, in the settings, and in the environment.
    await serveWell(lab, {
      odd: at('/api/me', (_, response) =>
        refuse(response, 500, 'E-CORE-INTERNAL', { server: `Bearer ${SECRET}`, via: TOKEN }),
      ),
    });
    const lines = [
      `{"level":40,"token":"${SECRET}","msg":"refused"}`,
      `GET /api/auth/access-token?token=${SECRET} 200`,
      `authorization: Bearer ${SECRET}`,
      `-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----`,
      `the key cl_${SECRET} was used, and ${TOKEN}`,
      `passphrase is ${SECRET}Env`,
    ];
    const log = save('server.log', lines.join('\n'));
    await noteArrivals(home, [
      {
        at: Date.now() - 1_000,
        outcome: 'refused',
        failed: [['format', `${TOKEN} is none`]],
        issuer: `cl_${SECRET}.test`,
      },
    ]);
    const env = {
      CLOUDILLO_KEY_PASSPHRASE: `${SECRET}Env`,
      CLOUDILLO_TLS_KEY: `https://me:${SECRET}@nowhere.example/key.pem`,
    };
    const args = ['report', 'alice.test', '--home', home, '--network', network, '--log', log, '--traces', log];
    for (const more of [['--json'], [], ['--verbose']]) {
      const { code, stdout, stderr } = await runCli([...args, ...more], { env });
      expect(code).toBe(0);
      expect(stdout).toContain('<removed>');
      expect(stdout + stderr).not.toContain(SECRET);
    }
  });
});
