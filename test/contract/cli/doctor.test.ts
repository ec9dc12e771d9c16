import { describe, expect, it } from 'vitest';
import { LARGE_PROBE_TOKEN, PROBE_TOKEN } from '../../../src/protocol/probe-token.ts';
import { initInstance } from '../../../src/services/home/init.ts';
import { systemClock } from '../../../src/services/runtime/system-clock.ts';
import { answer, type Lab, refuse, startLab } from '../../support/lab.ts';
import { networkFile } from '../../support/lab-identity.ts';
import { runCli, temporaryDirectory } from '../../support/run-cli.ts';
import { schemaProblems } from '../../support/schemas.ts';
import { at, serveWell } from '../../support/well-server.ts';

const doctor = (lab: Lab, ...args: string[]) =>
  runCli(['doctor', '--network', networkFile(lab), '--timeout', '5s', ...args]);

describe('doctor IDTAG', () => {
  it('says that all is well, with what it has seen', async () => {
    const lab = await startLab();
    const peer = await serveWell(lab);
    const run = await doctor(lab, 'alice.test', '--json');
    expect(run).toMatchObject({ code: 0, stderr: '', json: { idTag: 'alice.test', healthy: true, findings: [] } });
    expect(schemaProblems('doctor', run.json)).toEqual([]);
    // What the inbox gets is refused before anything of it is verified.
    const sent = peer.requests.filter(({ method }) => method !== 'GET').map(({ url, body }) => [url, body]);
    const probes = [PROBE_TOKEN, LARGE_PROBE_TOKEN];
    expect(sent).toEqual(probes.map((token) => ['/api/inbox/sync', JSON.stringify({ token })]));
    const text = await doctor(lab, 'alice.test');
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout).toMatch(/^✓ alice\.test {2}is healthy {2}\d+ ms\n\n {2}✓ dns {9}.*127\.0\.0\.1\n/);
  });

  it('folds what follows from a fault under it', async () => {
    const lab = await startLab();
    await (await serveWell(lab)).close();
    const run = await doctor(lab, 'alice.test', '--json');
    expect(schemaProblems('doctor', run.json)).toEqual([]);
    expect(run).toMatchObject({ code: 4, stderr: '', json: { healthy: false } });
    const { findings } = run.json;
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      check: 'tcp',
      fault: 'port-closed',
      code: 'network.refused',
      severity: 'error',
    });
    const unseen = findings[0].follows.map(({ check, fault }: { check: string; fault: null }) => [check, fault]);
    const after = ['tls', 'http', 'profile', 'keys', 'clock', 'caching', 'app-domain', 'errors', 'inbox', 'websocket'];
    expect(unseen).toEqual([...after, 'access'].map((check) => [check, null]));
    const { code, stdout } = await doctor(lab, 'alice.test');
    expect(code).toBe(4);
    expect(stdout).toMatch(
      /✗ tcp: port-closed {2}network\.refused\n.*127\.0\.0\.1:\d+ refused.*\n {4}why {3}.*\n {4}next {2}.*\n/,
    );
  });

  it.each<[string, number, (lab: Lab) => Promise<unknown>]>([
    ['no record', 3, async () => {}],
    [
      'name servers that fail',
      5,
      async ({ dns }) => {
        for (const name of ['alice.test', 'cl-o.alice.test']) dns.names.set(name, 'SERVFAIL');
      },
    ],
    [
      'a refusal',
      7,
      (lab) => serveWell(lab, { odd: at('/', (_, response) => refuse(response, 403, 'E-RATE-BANNED')) }),
    ],
    ['a warning', 0, (lab) => serveWell(lab, { noBus: true })],
  ])('ends with the code of its finding: %s', async (_what, code, plant) => {
    const lab = await startLab();
    await plant(lab);
    const run = await doctor(lab, 'alice.test', '--json');
    expect(schemaProblems('doctor', run.json)).toEqual([]);
    expect(run).toMatchObject({ code, stderr: '' });
    expect(run.json.findings).toHaveLength(1);
  });

  it('makes the commands of a next step work where it was asked', async () => {
    const lab = await startLab();
    const network = networkFile(lab);
    const run = await runCli(['doctor', 'alice.test', '--network', network, '--json']);
    expect(run.json.findings[0].next).toContain(`cloudillo dns-check --network ${network} alice.test`);
  });

  it('looks at the other direction by signing in, and says what that does not prove', async () => {
    const lab = await startLab();
    const home = `${temporaryDirectory()}/home`;
    await initInstance({ home, clock: systemClock }, { idTag: 'carol.test' });
    let refused: [number, string] | null = null;
    await serveWell(lab, {
      odd: (request, response) => {
        if (!/^\/api\/(auth\/access-token|actions\?limit)/.test(request.url)) return false;
        const isBogus = request.headers.authorization !== 'Bearer e30.e30.e30' && request.url.includes('/actions');
        if (refused) refuse(response, ...refused);
        else if (isBogus) refuse(response, 401, 'E-AUTH-UNAUTH');
        else answer(response, request.url.includes('access-token') ? { token: 'e30.e30.e30' } : []);
        return true;
      },
    });
    const access = async () => {
      const { code, json } = await doctor(lab, 'alice.test', '--home', home, '--as', 'carol.test', '--json');
      return [
        code,
        json.findings.map(({ fault }: { fault: string }) => fault),
        json.checks.find(({ id }: { id: string }) => id === 'access').reason,
      ];
    };
    expect(await access()).toEqual([0, [], expect.stringContaining('not proven: no server runs here')]);
    refused = [503, 'E-SYS-UNAVAIL'];
    expect(await access()).toEqual([7, ['no-way-back'], expect.any(String)]);
    refused = [403, 'E-AUTH-NOPERM'];
    expect(await access()).toEqual([7, ['not-let-in'], expect.any(String)]);
    refused = [403, 'E-RATE-BANNED'];
    expect(await access()).toEqual([7, ['banned'], expect.any(String)]);
  });
});

describe('doctor without an identity', () => {
  it('says that a home is missing, as a finding', async () => {
    const run = await runCli(['doctor', '--json']);
    expect(schemaProblems('doctor', run.json)).toEqual([]);
    expect(run).toMatchObject({ code: 8, stderr: '', json: { healthy: false } });
    expect(run.json.findings).toMatchObject([{ check: 'home', fault: 'home-closed', code: 'home.missing' }]);
  });

  it('refuses flags that only mean something with an identity', async () => {
    const run = await runCli(['doctor', '--expect', '192.0.2.1', '--json']);
    expect(run).toMatchObject({ code: 2, json: { error: { code: 'usage.missing' } } });
  });

  it('finds that no server runs, and what follows from it', async () => {
    const lab = await startLab();
    const home = `${temporaryDirectory()}/home`;
    await initInstance({ home, clock: systemClock }, { idTag: 'alice.test' });
    const closed = await serveWell(lab);
    await closed.close();
    const run = await doctor(lab, '--home', home, '--json');
    expect(schemaProblems('doctor', run.json)).toEqual([]);
    expect(run).toMatchObject({ code: 3, stderr: '' });
    expect(run.json.findings).toMatchObject([
      { check: 'server', fault: 'server-stopped', follows: [{ check: 'reach', fault: 'port-closed' }] },
    ]);
    expect(run.json.findings[0].next).toContain(
      `cloudillo serve --network ${run.json.findings[0].next.split(' --network ')[1].split(' ')[0]} --home ${home}`,
    );
  });

  it('remembers what the home knows of a peer', async () => {
    const lab = await startLab();
    const home = `${temporaryDirectory()}/home`;
    await initInstance({ home, clock: systemClock }, { idTag: 'carol.test' });
    await serveWell(lab);
    await runCli(['block', 'alice.test', '--home', home]);
    const { code, json } = await doctor(lab, 'alice.test', '--home', home, '--json');
    expect([code, json.findings.map(({ fault }: { fault: string }) => fault)]).toEqual([0, ['blocked-here']]);
    expect(json.findings[0].next).toContain(`cloudillo unblock --home ${home} alice.test --as carol.test`);
  });
});
