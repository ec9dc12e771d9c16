import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TraceSpan } from '../../../src/cli/schemas/trace-span.ts';
import { decodeToken } from '../../../src/protocol/token.ts';
import { type Collector, startCollector } from '../../support/collector.ts';
import { save } from '../../support/lab-identity.ts';
import { manifestCommands } from '../../support/manifest.ts';
import { type RunningCli, runCli, startCli, temporaryDirectory } from '../../support/run-cli.ts';

/** Which spans every command has to make that talks to others, and those of a server that is talked to. */

const ALL = ['--trace', '--verbose'];

/** The stages of one request over a new connection. */
const REQUEST = ['request', 'dns', 'connect', 'tls', 'answer', 'body'];
/** Of an action that is made and sent to a peer by the server of the home. Its connection may be open already. */
const ACTION = ['lock', 'store.append', 'delivery', 'send', 'request', 'POST', 'answer', 'record'];
/** Of an examination of an instance. */
const EXAMINATION = [...REQUEST, 'check', 'resolver', 'probe', 'bus'];
const SIGN_IN = ['access token', ...REQUEST];

let sandbox: RunningCli;
let collector: Collector;
let homes: Record<string, string>;

beforeAll(async () => {
  collector = await startCollector(200, afterAll);
  const directory = join(temporaryDirectory(), 'sandbox');
  const up = [
    'sandbox',
    'up',
    'alice.test',
    'bob.test',
    '--dir',
    directory,
    '--port',
    '0',
    '--dns-port',
    '0',
    '--json',
  ];
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
  sandbox = startCli(up, { env, timeout: 600_000 });
  const { identities } = JSON.parse(await sandbox.line((line) => line.includes('"ready":true')));
  homes = Object.fromEntries(identities.map((each: { idTag: string; home: string }) => [each.idTag, each.home]));
  await as('bob', 'follow', 'alice.test');
}, 120_000);

afterAll(async () => {
  sandbox.child.kill('SIGTERM');
  await sandbox.done;
});

/** Runs a command that has to succeed. @returns its first JSON object */
async function as(who: 'alice' | 'bob', ...args: string[]) {
  const { code, lines, stdout, stderr } = await runCli([...args, '--home', homes[`${who}.test`] ?? '', '--json']);
  expect(code, stdout + stderr).toBe(0);
  return lines[0];
}

/** An action of Bob's that came to Alice. */
const came = async (...args: string[]): Promise<string> => (await as('bob', ...args)).actionId;
/** An action of Alice's own. */
const made = async (...args: string[]): Promise<string> => (await as('alice', ...args)).actionId;

async function attachment(): Promise<string> {
  const { token } = await as('bob', 'post', 'a file', '--attach', save('note.txt', 'some text'));
  return (decodeToken(token).claims['a'] as string[])[0] ?? '';
}

async function token(): Promise<string> {
  const signed = ['sign-token', '--type', 'POST', '--content', 'x', '--home', homes['bob.test'] ?? ''];
  return (await runCli(signed)).stdout.trim();
}

interface Case {
  /** The words of the command. */
  args: () => string[] | Promise<string[]>;
  /** The exit code; default: 0. */
  code?: number;
  spans: readonly string[];
}

/** By the ID of the command, in the order in which they can follow each other. `serve` has a test of its own. */
const CASES: Readonly<Record<string, Case>> = {
  follow: {
    args: () => ['follow', 'bob.test'],
    spans: [...ACTION, 'preflight', 'profile', 'access token', 'GET', 'body'],
  },
  post: { args: () => ['post', 'hello'], spans: ACTION },
  message: { args: () => ['message', 'bob.test', 'hello'], spans: ACTION },
  comment: { args: async () => ['comment', await came('post', 'a post'), 'so it is'], spans: ACTION },
  react: { args: async () => ['react', await came('post', 'another post'), 'like'], spans: ACTION },
  repost: { args: async () => ['repost', await came('post', 'worth it', '--visibility', 'P')], spans: ACTION },
  delete: { args: async () => ['delete', await made('post', 'a mistake')], spans: ACTION },
  action: { args: () => ['action', 'MSG', '--audience', 'bob.test', '--content', 'x'], spans: ACTION },
  reject: { args: async () => ['reject', await came('connect', 'alice.test')], spans: ['lock', 'store.append'] },
  accept: { args: async () => ['accept', await came('connect', 'alice.test')], spans: ACTION },
  dismiss: { args: async () => ['dismiss', await came('message', 'alice.test', 'read me')], spans: ['dismiss'] },
  disconnect: { args: () => ['disconnect', 'bob.test'], spans: ACTION },
  connect: { args: () => ['connect', 'bob.test'], spans: ACTION },
  deliver: { args: () => ['deliver'], spans: ['deliver'] },
  'deliveries:retry': { args: () => ['deliveries', 'retry', '--all'], spans: ['retryDeliveries'] },
  'peer:retry': { args: () => ['peer', 'retry', 'bob.test'], spans: ['retryPeer', 'lock'] },
  'profile:show': {
    args: () => ['profile', 'show', 'bob.test', '--refresh'],
    spans: ['request', 'GET', 'answer', 'body'],
  },
  get: { args: () => ['get', 'bob.test', '/api/actions', '--as', 'alice.test'], spans: SIGN_IN },
  request: { args: () => ['request', 'POST', 'bob.test', '/api/inbox'], code: 7, spans: REQUEST },
  'fetch-profile': { args: () => ['fetch-profile', 'bob.test'], spans: REQUEST },
  'fetch-action': {
    args: async () => ['fetch-action', 'bob.test', await came('post', 'fetched'), '--as', 'alice.test'],
    spans: [...SIGN_IN, 'key lookup', 'signature'],
  },
  'fetch-file': {
    args: async () => [
      'fetch-file',
      'bob.test',
      await attachment(),
      '--as',
      'alice.test',
      '--out',
      join(temporaryDirectory(), 'f'),
    ],
    spans: SIGN_IN,
  },
  'verify-token': { args: async () => ['verify-token', await token()], spans: ['key lookup', ...REQUEST, 'signature'] },
  'dns-check': { args: () => ['dns-check', 'bob.test'], spans: ['resolver', 'dns'] },
  'smoke-test': { args: () => ['smoke-test', 'bob.test'], spans: EXAMINATION },
  doctor: {
    args: () => ['doctor', 'bob.test', '--as', 'alice.test'],
    spans: [...EXAMINATION, 'access token', 'peerMemory'],
  },
  report: { args: () => ['report', 'bob.test'], spans: [...EXAMINATION, 'examineHome'] },
  watch: {
    // The counts of reactions and comments that other cases made may arrive at any time: nobody sends an invitation.
    args: () => ['watch', 'bob.test', '--as', 'alice.test', '--wait', '3s', '--type', 'INVT'],
    code: 9,
    spans: ['bus', 'ping', ...SIGN_IN],
  },
  conform: {
    args: () => ['conform', 'bob.test', '--only', 'bus.guest', '--only', 'profile.fields'],
    spans: ['case', 'bus', ...REQUEST],
  },
  load: {
    args: () => ['load', 'bob.test', '--as', 'alice.test', '--rate', '4', '--duration', '1s'],
    spans: REQUEST,
  },
  unfollow: { args: () => ['unfollow', 'bob.test'], spans: ACTION },
};

it('has a case for every command that talks to others', () => {
  const talking = manifestCommands().flatMap(({ id, flags }) => ('trace' in flags ? [id] : []));
  expect([...Object.keys(CASES), 'serve'].toSorted()).toEqual(talking.toSorted());
});

describe('--trace shows every stage, and --verbose the settings once, each attempt and each key', {
  timeout: 60_000,
}, () => {
  it.each(Object.entries(CASES))('of %s', async (id, { args, code = 0, spans }) => {
    const run = await runCli([...(await args()), '--home', homes['alice.test'] ?? '', '--json', ...ALL]);
    expect(run.code, run.stdout + run.stderr).toBe(code);
    const found = spansOf(run.stderr);
    expect(verboseProblems(run.stderr.split('\n'), found)).toEqual([]);
    expect(spans.filter((name) => !found.some((span) => span.name === name))).toEqual([]);
    // One tree: every span but the command itself is a part of another one.
    const known = new Set(found.map(({ span }) => span));
    expect(found.filter(({ parent }) => parent === null || !known.has(parent)).map(({ name }) => name)).toHaveLength(1);
    // The operation of a command has its name: connect.
    expect(found.flatMap((span) => (span.name === id ? [] : missingFacts(span)))).toEqual([]);
  });
});

/** Facts without which a span says little, by its name. A span that failed may lack them. */
const FACTS: Readonly<Record<string, readonly string[]>> = {
  dns: ['dns.question.name', 'dns.answers'],
  connect: ['network.peer.address', 'network.peer.port'],
  tls: ['network.peer.address', 'tls.protocol.version', 'tls.server.issuer', 'tls.server.not_after'],
  GET: ['url.full', 'http.request.method', 'http.response.status_code', 'network.peer.address'],
  POST: ['url.full', 'http.request.method', 'http.response.status_code', 'network.peer.address'],
  bus: ['url.full', 'server.address', 'http.response.status_code', 'network.peer.address'],
  probe: ['server.address'],
  'key lookup': ['cloudillo.issuer', 'cloudillo.key.id', 'cloudillo.key.found', 'cloudillo.key.source'],
  lock: ['cloudillo.lock'],
  delivery: ['cloudillo.peer', 'cloudillo.state'],
  'access token': ['cloudillo.tenant', 'cloudillo.peer'],
};

/** What `--verbose` lacks, or says twice. */
function verboseProblems(lines: readonly string[], spans: readonly TraceSpan[]): string[] {
  const settings = lines.filter((line) => /^(home|setting)\b/.test(line));
  const told = (start: string) => lines.some((line) => line.startsWith(start));
  const wanted = [
    'home: ',
    'setting network: ',
    ...spans.flatMap(({ kind, name, facts }) => (kind === 'client' ? [`${name} ${facts['url.full']}`] : [])),
    ...spans.flatMap(({ name, facts }) => (name === 'key lookup' ? [`key ${facts['cloudillo.key.id']} of `] : [])),
    ...spans.flatMap(({ facts }) => ('cloudillo.dns.type' in facts ? [`${facts['cloudillo.dns.type']} `] : [])),
  ];
  return [
    ...wanted.filter((start) => !told(start)).map((start) => `missing: ${start}`),
    ...settings.filter((line, at) => settings.indexOf(line) !== at).map((line) => `twice: ${line}`),
  ];
}

function missingFacts({ name, facts, error }: TraceSpan): string[] {
  if (error) return [];
  // A TLS session that is resumed shows no certificate.
  const resumed = name === 'tls' && !('tls.protocol.version' in facts);
  const wanted = resumed ? ['network.peer.address'] : (FACTS[name] ?? []);
  return wanted.filter((fact) => !(fact in facts)).map((fact) => `${name}: ${fact}`);
}

it('and the server shows the same of what it is sent, by OTLP', async () => {
  sandbox.child.kill('SIGTERM');
  await sandbox.done;
  const spans = collector.spans();
  const above = (id: string | undefined): string => {
    const span = spans.find(({ spanId }) => spanId === id);
    return span ? `${above(span.parentSpanId)}${span.name} > ` : '';
  };
  const paths = new Set(spans.map(({ name, parentSpanId }) => `${above(parentSpanId)}${name}`));
  const arrival = 'POST /api/inbox > arrival > ';
  for (const path of [
    ...['decode', 'key > key lookup', 'key > key lookup > request > GET > connect', 'signature', 'permission'],
    ...['record > store.append', 'announce'],
  ])
    expect(paths).toContain(arrival + path);
  for (const route of ['GET /api/me', 'GET /api/auth/access-token', 'GET /api/files/:fileId'])
    expect(paths).toContain(route);
}, 60_000);

function spansOf(text: string): TraceSpan[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{"trace"'))
    .map((line) => JSON.parse(line));
}
