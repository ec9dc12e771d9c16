import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { initInstance } from '../../../src/services/home/init.ts';
import { systemClock } from '../../../src/services/runtime/system-clock.ts';
import { refuse, startLab } from '../../support/lab.ts';
import { networkFile, save } from '../../support/lab-identity.ts';
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
    expect(none).toMatchObject({ code: 0, json: { doctor: { findings: [{ code: 'home.missing' }] } } });
    const { home } = await setUp();
    writeFileSync(join(home, 'config.json'), `{"log.level":"${SECRET}","x":`);
    const run = await runCli(['report', '--json', '--home', home]);
    expect(schemaProblems('report', run.json)).toEqual([]);
    expect(run).toMatchObject({ code: 0, json: { settings: { error: { code: expect.any(String) } } } });
  });

  it('says that a log is missing before anything is done', async () => {
    const run = await runCli(['report', '--log', '/gone.log', '--json']);
    expect(run).toMatchObject({ code: 2, json: { error: { code: 'usage.file' } } });
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
    const env = {
      CLOUDILLO_KEY_PASSPHRASE: `${SECRET}Env`,
      CLOUDILLO_TLS_KEY: `https://me:${SECRET}@nowhere.example/key.pem`,
    };
    const args = ['report', 'alice.test', '--home', home, '--network', network, '--log', log];
    for (const more of [['--json'], [], ['--verbose']]) {
      const { code, stdout, stderr } = await runCli([...args, ...more], { env });
      expect(code).toBe(0);
      expect(stdout).toContain('<removed>');
      expect(stdout + stderr).not.toContain(SECRET);
    }
  });
});
