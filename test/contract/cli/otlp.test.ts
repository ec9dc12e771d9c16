import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { attributes, startCollector } from '../../support/collector.ts';
import { installedCopy } from '../../support/installed-copy.ts';
import { startLab } from '../../support/lab.ts';
import { makeIdentity, networkFile, save, servePeer } from '../../support/lab-identity.ts';
import { inboxAnswers } from '../../support/own-instance.ts';
import { runCli, startCli, temporaryDirectory } from '../../support/run-cli.ts';

async function bobsNetwork(): Promise<string> {
  const lab = await startLab();
  await servePeer(lab, makeIdentity('bob.test'), inboxAnswers(202));
  return networkFile(lab);
}

const STRANGER = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };

describe('OTEL_EXPORTER_OTLP_ENDPOINT', () => {
  it('has the spans of a command sent to the collector', async () => {
    const [network, collector] = await Promise.all([bobsNetwork(), startCollector()]);
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-team=federation',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    };
    expect(await runCli(['get', 'bob.test', '/api/me', '--network', network], { env })).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(collector.posts[0]).toMatchObject({
      path: '/v1/traces',
      headers: { 'content-type': 'application/json', 'x-team': 'federation' },
    });
    expect(collector.resource()).toMatchObject({
      'service.name': 'cloudillo',
      'deployment.environment.name': 'test',
    });
    const spans = collector.spans();
    const named = (name: string) => spans.find((span) => span.name === name);
    expect(spans.map(({ name }) => name).toSorted()).toEqual(
      ['cloudillo get', 'request', 'GET', 'dns', 'connect', 'tls', 'answer', 'body'].toSorted(),
    );
    const request = named('GET');
    expect(request?.kind).toBe(3);
    expect(attributes(request?.attributes ?? [])).toMatchObject({
      'http.request.method': 'GET',
      'url.full': 'https://cl-o.bob.test/api/me',
      'server.address': 'cl-o.bob.test',
      'http.response.status_code': 200,
    });
    expect(named('tls')).toMatchObject({ traceId: request?.traceId, parentSpanId: request?.spanId });
    expect(named('cloudillo get')?.parentSpanId ?? '').toBe('');
    for (const { startTimeUnixNano: start, endTimeUnixNano: end } of spans) {
      expect(BigInt(end)).toBeGreaterThanOrEqual(BigInt(start));
    }
  });

  it('tells of a failure by status and error.type', async () => {
    const [network, collector] = await Promise.all([bobsNetwork(), startCollector()]);
    const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/here`, OTEL_SERVICE_NAME: 'probe' };
    await runCli(['get', 'nobody.test', '/x', '--network', network], { env });
    expect(collector.posts[0]?.path).toBe('/here');
    expect(collector.resource()).toMatchObject({ 'service.name': 'probe' });
    const dns = collector.spans().find(({ name }) => name === 'dns');
    expect(dns?.status.code).toBe(2);
    expect(attributes(dns?.attributes ?? [])['error.type']).toBe('dns.nxdomain');
  });

  it.each([
    [{ OTEL_SDK_DISABLED: 'true' }],
    [{ OTEL_TRACES_EXPORTER: 'none' }],
    [{ OTEL_TRACES_SAMPLER: 'always_off' }],
  ])('sends nothing with %o', async (more) => {
    const [network, collector] = await Promise.all([bobsNetwork(), startCollector()]);
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, ...more };
    const { code } = await runCli(['get', 'bob.test', '/api/me', '--network', network], { env });
    expect(code).toBe(0);
    expect(collector.posts).toEqual([]);
  });

  it('is named in one warning when it can’t be used, and the command goes on', async () => {
    const [network, collector] = await Promise.all([bobsNetwork(), startCollector(403)]);
    const args = ['get', 'bob.test', '/api/me', '--network', network];
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    const [refused, grpc] = await Promise.all([
      runCli(args, { env }),
      runCli(args, { env: { ...env, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' } }),
    ]);
    for (const { code, stderr } of [refused, grpc]) {
      expect(code).toBe(0);
      expect(stderr.trim().split('\n')).toHaveLength(1);
    }
    expect(refused.stderr).toContain('OTEL_EXPORTER_OTLP');
    expect(grpc.stderr).toContain('grpc');
  });
});

/** Prints at the end which packages of OpenTelemetry were loaded, and whether they have anything global. */
const SPY = save(
  'spy.cjs',
  `process.on('exit', () => {
    const loaded = Object.keys(require.cache).filter((path) => path.includes('@opentelemetry'));
    const globals = Object.getOwnPropertySymbols(globalThis).map(String).filter((name) => name.includes('opentelemetry'));
    const held = globals.flatMap((name) => Object.keys(globalThis[Symbol.for(name.slice(7, -1))] ?? {}));
    require('node:fs').writeSync(2, JSON.stringify({ loaded: loaded.length, held: held.filter((key) => key !== 'version') }));
  });`,
);

describe('the packages of OpenTelemetry', () => {
  it('are loaded only when a collector is named, and register nothing', async () => {
    const [network, collector] = await Promise.all([bobsNetwork(), startCollector()]);
    const args = ['get', 'bob.test', '/api/me', '--network', network];
    const spied = { NODE_OPTIONS: `--require=${SPY}` };
    const toCollector = { ...spied, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    const [plain, traced, sent] = await Promise.all([
      runCli(args, { env: spied }),
      runCli([...args, '--trace-file', join(temporaryDirectory(), 'trace')], { env: spied }),
      runCli(args, { env: toCollector }),
    ]);
    for (const { stderr } of [plain, traced]) expect(JSON.parse(stderr)).toEqual({ loaded: 0, held: [] });
    const { loaded, held } = JSON.parse(sent.stderr);
    expect(loaded).toBeGreaterThan(10);
    expect(held).toEqual([]);
    expect(collector.spans().length).toBeGreaterThan(4);
  });
});

describe('a server with a collector', () => {
  it('keeps nothing for the sake of a stranger who keeps a trace', async () => {
    const collector = await startCollector();
    const home = join(temporaryDirectory(), 'home');
    await runCli(['init', 'alice.test', '--home', home, '--yes']);
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER: 'parentbased_always_off' };
    const serve = startCli(['serve', '--plain-http', '--port', '0', '--json', '--home', home], { env });
    const ready = JSON.parse(await serve.line((line) => line.includes('"ready":true')));
    const traceparent = `00-${STRANGER.traceId}-${STRANGER.spanId}-01`;
    await (await fetch(`${ready.url}/readyz`, { headers: { traceparent } })).arrayBuffer();
    serve.child.kill('SIGTERM');
    await serve.done;
    expect(collector.posts).toEqual([]);
  });

  it('sends its spans; a stranger’s trace is a link, and does not decide whether they are kept', async () => {
    const collector = await startCollector();
    const home = join(temporaryDirectory(), 'home');
    await runCli(['init', 'alice.test', '--home', home, '--yes']);
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    const serve = startCli(['serve', '--plain-http', '--port', '0', '--json', '--home', home], { env });
    const ready = JSON.parse(await serve.line((line) => line.includes('"ready":true')));
    // The stranger says that it keeps nothing.
    const traceparent = `00-${STRANGER.traceId}-${STRANGER.spanId}-00`;
    const response = await fetch(`${ready.url}/readyz`, { headers: { traceparent } });
    await response.arrayBuffer();
    serve.child.kill('SIGTERM');
    await serve.done;
    const request = collector.spans().find(({ name }) => name === 'GET /readyz');
    expect(request?.kind).toBe(2);
    expect(request?.links).toMatchObject([STRANGER]);
    expect(request?.traceId).not.toBe(STRANGER.traceId);
    expect(request?.parentSpanId ?? '').toBe('');
  });
});

describe('without the optional packages', () => {
  const warned = /OTEL_… asks for traces.*npm install @opentelemetry\/api@.* @opentelemetry\/exporter-trace-otlp-http@/;

  it.each([
    ['any of them', ['@opentelemetry']],
    ['the exporter alone', ['@opentelemetry/exporter-trace-otlp-http']],
  ])('a command goes on, and says once how to install them: without %s', async (_what, without) => {
    const bin = join(installedCopy(without), 'bin/run.js');
    const network = await bobsNetwork();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' };
    const run = await runCli(['get', 'bob.test', '/api/me', '--network', network], { bin, env });
    expect(run.code).toBe(0);
    expect(run.stdout).toContain('bob.test');
    expect(run.stderr.match(/npm install/g)).toHaveLength(1);
    expect(run.stderr).toMatch(warned);
    const json = await runCli(['get', 'bob.test', '/api/me', '--network', network, '--json'], { bin, env });
    expect(json).toMatchObject({ code: 0, json: expect.anything() });
    const quiet = await runCli(['get', 'bob.test', '/api/me', '--network', network], { bin });
    expect(quiet).toMatchObject({ code: 0, stderr: '' });
  });

  it('a server serves, and says it once', async () => {
    const bin = join(installedCopy(['@opentelemetry']), 'bin/run.js');
    const home = join(temporaryDirectory(), 'home');
    expect((await runCli(['init', 'alice.test', '--home', home, '--yes'], { bin })).code).toBe(0);
    const env = { OTEL_TRACES_EXPORTER: 'otlp' };
    const flags = ['serve', '--home', home, '--plain-http', '--port', '0', '--json'];
    const server = startCli(flags, { bin, env, timeout: 60_000 });
    await server.line((line) => line.includes('"ready"'));
    server.child.kill('SIGTERM');
    const { code, stderr } = await server.done;
    expect(code).toBe(0);
    expect(stderr.match(/npm install/g)).toHaveLength(1);
  });
});
