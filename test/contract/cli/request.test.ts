import { describe, expect, it } from 'vitest';
import { initInstance } from '../../../src/services/home/init.ts';
import { systemClock } from '../../../src/services/runtime/system-clock.ts';
import { answer, type Handler, json, type Lab, refuse, startLab } from '../../support/lab.ts';
import { makeIdentity, networkFile, save, servePeer } from '../../support/lab-identity.ts';
import { type RunOptions, runCli, temporaryDirectory } from '../../support/run-cli.ts';
import { schemaProblems } from '../../support/schemas.ts';

const run = (lab: Lab, args: string[], options?: RunOptions) =>
  runCli([args[0]!, '--network', networkFile(lab), ...args.slice(1)], options);

async function labWith(handler: Handler) {
  const lab = await startLab();
  const peer = await servePeer(lab, makeIdentity('bob.test'), handler);
  return { lab, peer };
}

describe('get', () => {
  it('prints the body as it came', async () => {
    const body = '{ "a":  1 }\n\n';
    const { lab, peer } = await labWith((_, response) => void response.end(body));
    expect(await run(lab, ['get', 'bob.test', '/api/x?y=1'])).toMatchObject({ code: 0, stdout: body, stderr: '' });
    expect(await run(lab, ['get', 'https://cl-o.bob.test/api/x?y=1'])).toMatchObject({ code: 0, stdout: body });
    expect(peer.requests.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /api/x?y=1', 'GET /api/x?y=1']);
  });

  it('wraps everything with --json', async () => {
    const { lab } = await labWith((request, response) => {
      if (request.url === '/json') return answer(response, { n: 1 });
      if (request.url === '/text') return void response.end('plain');
      if (request.url === '/bytes') return void response.end(Buffer.from([0xff, 0xfe]));
      if (request.url === '/liar') return void response.setHeader('content-type', 'application/json').end('no json');
      response.writeHead(204).end();
    });
    const answers = await Promise.all(
      ['/json', '/text', '/bytes', '/liar', '/none'].map((path) => run(lab, ['get', 'bob.test', path, '--json'])),
    );
    for (const { json: wrapped } of answers) expect(schemaProblems('get', wrapped)).toEqual([]);
    expect(answers.map(({ json: { bodyType, body } }) => [bodyType, body?.data ?? body])).toEqual([
      ['json', { n: 1 }],
      ['text', 'plain'],
      ['base64', '//4='],
      ['text', 'no json'],
      ['none', null],
    ]);
    expect(answers[0]?.json).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
  });

  it('shows status, headers and timings on stderr', async () => {
    const { lab } = await labWith((_, response) => void response.setHeader('x-evil', 'a\u009bb').end('body'));
    const shown = await run(lab, ['get', 'bob.test', '/x', '--include']);
    expect(shown).toMatchObject({ code: 0, stdout: 'body' });
    expect(shown.stderr).toMatch(/^200 OK\n.*\nx-evil: a.?\\u009bb\n.*# dns [\d.]+ ms/s);
  });

  it('tells which query parameters the server ignored, whatever it says they are called', async () => {
    const { lab } = await labWith(
      (_, response) => void response.setHeader('x-cloudillo-ignored', 'limti\u009b').end('b'),
    );
    for (const words of [['get'], ['request', 'GET']]) {
      const shown = await run(lab, [...words, 'bob.test', '/x?limti=1']);
      expect(shown).toMatchObject({ code: 0, stdout: 'b' });
      expect(shown.stderr).toMatch(/limti.?\\u009b/);
    }
  });

  it.each([[400], [403], [404], [429], [500], [503]])(
    'exits 7 on %i, with the body shown, and asks once',
    async (status) => {
      const { lab, peer } = await labWith((_, response) => refuse(response, status, 'E-X', { 'retry-after': '1' }));
      const [text, wrapped] = [
        await run(lab, ['get', 'bob.test', '/x']),
        await run(lab, ['get', 'bob.test', '/x', '--json']),
      ];
      expect(text.code).toBe(7);
      expect(JSON.parse(text.stdout)).toMatchObject({ error: { code: 'E-X' } });
      expect(text.stderr).toMatch(new RegExp(`^${status}`));
      expect(wrapped).toMatchObject({ code: 7, json: { status, body: { error: { code: 'E-X' } } } });
      expect(peer.requests).toHaveLength(2);
    },
  );

  it.each<[string, string[], number, string]>([
    ['http', ['http://cl-o.bob.test/'], 2, 'usage.url'],
    ['a URL and a path', ['https://cl-o.bob.test', '/x'], 2, 'usage.url'],
    ['a malformed URL', ['https://'], 2, 'usage.url'],
    ['credentials in the URL', ['https://a:b@cl-o.bob.test/'], 2, 'usage.url'],
    ['what is no idTag', ['bob_test', '/x'], 2, 'usage.id-tag'],
    ['a header that is none', ['bob.test', '/x', '-H', 'nonsense'], 2, 'usage.header'],
    ['a header with a line break', ['bob.test', '/x', '-H', 'a: b\r\nc: d'], 2, 'usage.header'],
    ['a secret in argv', ['bob.test', '/x', '-H', 'Authorization: Bearer x'], 2, 'usage.header'],
    ['nothing', [], 2, 'usage.missing'],
    ['an unknown name', ['lost.test', '/x'], 5, 'dns.nxdomain'],
    ['a redirect', ['bob.test', '/redirect'], 4, 'network.redirect'],
    ['an address that is no peer of the network', ['https://127.0.0.1/'], 4, 'network.address-blocked'],
  ])('refuses %s', async (_what, args, exit, code) => {
    const { lab } = await labWith((_, response) => void response.writeHead(302, { location: '/' }).end());
    const refused = await run(lab, ['get', ...args, '--json']);
    expect(refused).toMatchObject({ code: exit, json: { error: { code } } });
    expect(schemaProblems('get', refused.json)).toEqual([]);
  });

  it('signs in as an identity of the home, or with a token from a file', async () => {
    const { lab, peer } = await labWith((request, response) => {
      if (request.url.startsWith('/api/auth/access-token')) return answer(response, { token: 'access' });
      json(response, { seen: request.headers.authorization ?? null });
    });
    const home = `${temporaryDirectory()}/home`;
    await initInstance({ home, clock: systemClock }, { idTag: 'alice.test' });
    const seen = async (...args: string[]) => (await run(lab, ['get', ...args, '--json'])).json.body.seen;
    expect(await seen('bob.test', '/x')).toBeNull();
    expect(await seen('bob.test', '/x', '--as', 'alice.test', '--home', home)).toBe('Bearer access');
    expect(await seen('https://cl-o.bob.test/x', '--as', 'alice.test', '--home', home)).toBe('Bearer access');
    expect(await seen('bob.test', '/x', '--bearer-file', save('token', 'my.token\n'))).toBe('Bearer my.token');
    expect(peer.requests.filter(({ url }) => url.startsWith('/api/auth'))).toHaveLength(2);
  });
});

describe('request', () => {
  const echo: Handler = (request, response) =>
    json(response, { body: request.body, type: request.headers['content-type'] ?? null }, { status: 202 });

  it.each<[string, string, RunOptions]>([
    ['from the argument', '{"a": 1}', {}],
    ['from a file', `@${save('body.json', '{"a": 1}')}`, {}],
    ['from stdin', '-', { stdin: '{"a": 1}' }],
  ])('sends JSON %s, byte for byte', async (_from, data, options) => {
    const { lab } = await labWith(echo);
    const posted = await run(lab, ['request', 'POST', 'bob.test', '/api/inbox', '--data', data, '--json'], options);
    expect(posted).toMatchObject({
      code: 0,
      json: { status: 202, body: { body: '{"a": 1}', type: 'application/json' } },
    });
    expect(schemaProblems('request', posted.json)).toEqual([]);
  });

  it('wants to know whom to send it to', async () => {
    expect(await runCli(['request', 'POST', '--data', '{}', '--json'])).toMatchObject({
      code: 2,
      json: { error: { code: 'usage.missing' } },
    });
  });

  it('refuses what is no JSON, unless told', async () => {
    const { lab, peer } = await labWith(echo);
    const refused = await run(lab, ['request', 'POST', 'bob.test', '/x', '--data', '{"a":', '--json']);
    expect(refused).toMatchObject({ code: 2, json: { error: { code: 'usage.data' } } });
    expect(peer.requests).toEqual([]);
    const raw = await run(lab, ['request', 'POST', 'bob.test', '/x', '--data', '{"a":', '--raw', '--json']);
    expect(raw.json.body.body).toBe('{"a":');
    const text = await run(lab, [
      'request',
      'POST',
      'bob.test',
      '/x',
      '--data',
      'plain',
      '--content-type',
      'text/plain',
      '--json',
    ]);
    expect(text.json.body).toEqual({ body: 'plain', type: 'text/plain' });
  });

  it('is never sent twice', async () => {
    const { lab, peer } = await labWith((_, response) => refuse(response, 503, 'E-SYS-UNAVAIL'));
    expect((await run(lab, ['request', 'POST', 'bob.test', '/x', '--data', '{}'])).code).toBe(7);
    expect(peer.requests).toHaveLength(1);
  });

  it('sends a GET, and a POST without a body', async () => {
    const { lab, peer } = await labWith(echo);
    expect((await run(lab, ['request', 'GET', 'bob.test', '/x'])).code).toBe(0);
    expect((await run(lab, ['request', 'POST', 'bob.test', '/x'])).code).toBe(0);
    expect(peer.requests.map(({ method, body }) => [method, body])).toEqual([
      ['GET', ''],
      ['POST', ''],
    ]);
  });

  it('sends every method that an instance answers, with its body or without', async () => {
    const { lab, peer } = await labWith(echo);
    const sent: [method: string, args: string[]][] = [
      ['PATCH', ['--data', '{"a":1}']],
      ['PUT', ['--data', '{"b":1}']],
      ['PUT', []],
      ['DELETE', []],
      ['DELETE', ['--data', '{"c":1}']],
      ['OPTIONS', []],
      ['HEAD', []],
    ];
    for (const [method, args] of sent)
      expect(await run(lab, ['request', method, 'bob.test', '/x', ...args])).toMatchObject({ code: 0 });
    expect(peer.requests.map(({ method, body }) => [method, body])).toEqual(
      sent.map(([method, [, body = '']]) => [method, body]),
    );
    const types = peer.requests.map(({ headers }) => headers['content-type'] !== undefined);
    expect(types).toEqual([true, true, true, false, true, false, false]);
  });

  it('takes the length in an answer to HEAD for what it is', async () => {
    const { lab } = await labWith((_, response) => void response.setHeader('content-length', 1_000_000_000).end());
    const { code, json: answer } = await run(lab, ['request', 'HEAD', 'bob.test', '/x', '--json']);
    expect([code, answer.headers['content-length'], answer.bodyType]).toEqual([0, '1000000000', 'none']);
  });

  it.each<[string, string[], string]>([
    ['a HEAD with a body', ['HEAD', 'bob.test', '/x', '--data', '{}'], 'usage.value'],
    ['a file that is not there', ['POST', 'bob.test', '/x', '--data', '@/nonexistent'], 'usage.file'],
    ['a GET with a body', ['GET', 'bob.test', '/x', '--data', '{}'], 'usage.value'],
    ['another method', ['BREW', 'bob.test', '/x'], 'usage.value'],
    ['a type without a body', ['POST', 'bob.test', '/x', '--content-type', 'text/plain'], 'usage.missing'],
  ])('refuses %s', async (_what, args, code) => {
    const { lab, peer } = await labWith(echo);
    expect(await run(lab, ['request', ...args, '--json'])).toMatchObject({ code: 2, json: { error: { code } } });
    expect(peer.requests).toEqual([]);
  });
});
