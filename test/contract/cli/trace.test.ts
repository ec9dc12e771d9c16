import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { TraceSpan } from '../../../src/cli/schemas/trace-span.ts';
import { json, type Lab, refuse, startLab } from '../../support/lab.ts';
import { makeIdentity, networkFile, servePeer } from '../../support/lab-identity.ts';
import { manifestCommands } from '../../support/manifest.ts';
import { inboxAnswers } from '../../support/own-instance.ts';
import { runCli, startCli, temporaryDirectory } from '../../support/run-cli.ts';
import { schemaProblems } from '../../support/schemas.ts';
import { hasTerminal, openTerminal } from '../../support/terminal.ts';

/** The spans in what was written: other lines are messages. */
function spansOf(text: string): TraceSpan[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{"trace"'))
    .map((line) => JSON.parse(line));
}

function pathOf(span: TraceSpan, spans: readonly TraceSpan[]): string {
  const parent = spans.find((each) => each.span === span.parent);
  return parent ? `${pathOf(parent, spans)} > ${span.name}` : span.name;
}

const paths = (spans: readonly TraceSpan[]) => spans.map((span) => pathOf(span, spans));

async function labWithBob(): Promise<{ lab: Lab; network: string }> {
  const lab = await startLab();
  await servePeer(lab, makeIdentity('bob.test'), inboxAnswers(202));
  return { lab, network: networkFile(lab) };
}

it('every command that talks to others has the flags, and no other one', () => {
  for (const { id, flags } of manifestCommands()) {
    expect('trace' in flags, id).toBe('network' in flags);
    expect('trace-file' in flags, id).toBe('network' in flags);
  }
});

describe('--trace', () => {
  it('writes a line of JSON for each stage where stderr is no terminal, and leaves stdout alone', async () => {
    const { network } = await labWithBob();
    const args = ['get', 'bob.test', '/api/me', '--json', '--network', network];
    const [plain, traced] = await Promise.all([runCli(args), runCli([...args, '--trace'])]);
    expect(traced.code).toBe(0);
    expect(traced.json.body).toEqual(plain.json.body);
    const spans = spansOf(traced.stderr);
    for (const span of spans) expect(schemaProblems('trace-span', span)).toEqual([]);
    expect(paths(spans)).toEqual([
      'cloudillo get > request > GET > dns',
      'cloudillo get > request > GET > connect',
      'cloudillo get > request > GET > tls',
      'cloudillo get > request > GET > answer',
      'cloudillo get > request > GET > body',
      'cloudillo get > request > GET',
      'cloudillo get > request',
      'cloudillo get',
    ]);
    expect(plain.stderr).toBe('');
  });

  it('tells the peer its place in the trace, and nobody without a trace', async () => {
    const lab = await startLab();
    const peer = await servePeer(lab, makeIdentity('bob.test'), (_, response) => void response.end('{}'));
    const network = networkFile(lab);
    await runCli(['get', 'bob.test', '/x', '--network', network]);
    const { stderr } = await runCli(['get', 'bob.test', '/x', '--network', network, '--trace']);
    const request = spansOf(stderr).find(({ kind }) => kind === 'client');
    expect(peer.requests.map(({ headers }) => headers['traceparent'])).toEqual([
      undefined,
      `00-${request?.trace}-${request?.span}-01`,
    ]);
  });

  it('says at which stage a command failed, and why', async () => {
    const { network } = await labWithBob();
    const { code, stderr } = await runCli(['get', 'nobody.test', '/x', '--network', network, '--trace', '--quiet']);
    expect(code).toBe(5);
    const spans = spansOf(stderr);
    const failed = spans.filter(({ error }) => error?.code === 'dns.nxdomain');
    expect(paths(spans).slice(0, failed.length)).toEqual([
      'cloudillo get > request > GET > dns',
      'cloudillo get > request > GET',
      'cloudillo get > request',
      'cloudillo get',
    ]);
  });

  it('shows each attempt, and the pause before it', async () => {
    const lab = await startLab();
    let asked = 0;
    await servePeer(lab, makeIdentity('bob.test'), (_, response) => {
      asked += 1;
      if (asked === 1) return refuse(response, 503, 'E-X');
      json(response, { data: [] });
    });
    const args = ['fetch-action', 'bob.test', `a1~${'A'.repeat(43)}`, '--network', networkFile(lab), '--trace'];
    const spans = spansOf((await runCli(args)).stderr);
    const request = spans.filter(({ facts }) => facts['url.full'] !== undefined).slice(0, 2);
    expect(request.map(({ facts }) => facts['http.request.resend_count'] ?? 0)).toEqual([0, 1]);
    expect(spans.map(({ name }) => name)).toContain('pause');
  });

  it.skipIf(!hasTerminal)('is a tree on a terminal', async () => {
    const { network } = await labWithBob();
    const { shown } = await openTerminal(['get', 'bob.test', '/api/me', '--network', network, '--trace', '--no-color'])
      .done;
    const tree = shown.slice(shown.indexOf('trace ')).replaceAll('\r', '');
    const lines = tree.split('\n').map((line) => line.replace(/^ *[\d.]+ ms {2}/, ''));
    expect(lines[0]).toMatch(/^trace [0-9a-f]{32}$/);
    expect(lines.slice(1, 5)).toEqual([
      'cloudillo get',
      '  request  GET cl-o.bob.test/api/me  200',
      expect.stringMatching(/^ {4}GET {2}https:\/\/cl-o\.bob\.test\/api\/me {2}127\.0\.0\.1:\d+ {2}200 {2}\d+ bytes$/),
      '      dns  cl-o.bob.test  → 127.0.0.1',
    ]);
    expect(lines[6]).toMatch(/^ {6}tls .*TLS 1\.3 .*issued by Lab CA/);
  });
});

describe('--trace-file', () => {
  it('appends to a file of the user alone', async () => {
    const { network } = await labWithBob();
    const file = join(temporaryDirectory(), 'trace.ndjson');
    const args = ['get', 'bob.test', '/api/me', '--network', network, '--trace-file', file];
    expect(await runCli(args)).toMatchObject({ code: 0, stderr: '' });
    const once = spansOf(readFileSync(file, 'utf8')).length;
    await runCli(args);
    expect(spansOf(readFileSync(file, 'utf8'))).toHaveLength(2 * once);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('is refused at once when it can’t be written', async () => {
    const directory = join(temporaryDirectory(), 'd');
    mkdirSync(directory);
    const { code, json: failed } = await runCli(['get', 'bob.test', '/x', '--json', '--trace-file', directory]);
    expect(code).toBe(8);
    expect(failed.error.code).toBe('store.io');
  });
});

describe('a command whose work a server does', () => {
  it('shows what the server did for it, and the server is not slowed down after that', async () => {
    const { lab, network } = await labWithBob();
    const home = join(temporaryDirectory(), 'home');
    await runCli(['init', 'alice.test', '--home', home, '--yes']);
    const serve = startCli(['serve', '--plain-http', '--port', '0', '--json', '--home', home, '--network', network]);
    try {
      await serve.line((line) => line.includes('"ready":true'));
      const follow = ['follow', 'bob.test', '--no-preflight', '--json', '--home', home];
      const { json: result, stderr } = await runCli([...follow, '--trace']);
      expect(result.outcome).toBe('accepted');
      const spans = spansOf(stderr);
      expect(paths(spans)).toEqual(
        expect.arrayContaining([
          'cloudillo follow > follow > store > store.append',
          'cloudillo follow > follow > deliver > delivery > send > request > POST > answer',
          'cloudillo follow > follow > lock',
        ]),
      );
      expect(new Set(spans.map(({ trace }) => trace)).size).toBe(1);
      expect(lab.network.kind).toBe('sandbox');
    } finally {
      serve.child.kill('SIGTERM');
      await serve.done;
    }
  });
});

describe('serve --trace', () => {
  it('writes a trace for each request that it answers', async () => {
    const home = join(temporaryDirectory(), 'home');
    await runCli(['init', 'alice.test', '--home', home, '--yes']);
    const serve = startCli(['serve', '--plain-http', '--port', '0', '--json', '--home', home, '--trace']);
    const ready = JSON.parse(await serve.line((line) => line.includes('"ready":true')));
    const response = await fetch(`${ready.url}/api/me?token=not-shown`, { headers: { host: 'cl-o.alice.test' } });
    await response.arrayBuffer();
    serve.child.kill('SIGTERM');
    const { stderr } = await serve.done;
    const request = spansOf(stderr).find(({ kind }) => kind === 'server');
    expect(request).toMatchObject({ parent: null, name: 'GET /api/me', facts: { 'http.route': '/api/me' } });
    expect(stderr).not.toContain('not-shown');
  });
});
