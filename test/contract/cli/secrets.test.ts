import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startCollector } from '../../support/collector.ts';
import { answer, startLab } from '../../support/lab.ts';
import { makeIdentity, networkFile, save, servePeer } from '../../support/lab-identity.ts';
import { runCli, startCli, temporaryDirectory } from '../../support/run-cli.ts';
import { hasTerminal, openTerminal } from '../../support/terminal.ts';

/** A secret for each place. Each is a word of its own, so that a find says where it came from. */
const PLANTED = {
  header: 'planted-in-a-header',
  body: 'planted-in-a-body',
  query: 'planted-in-the-query',
  userInfo: 'planted-in-userinfo',
  claim: 'planted-in-a-claim',
  password: 'planted-as-password',
  bearer: 'planted-as-bearer',
  passphrase: 'planted-as-passphrase',
  apiKey: 'planted-as-api-key',
  cookie: 'planted-as-cookie',
  access: 'planted-as-access-token',
  proxy: 'planted-in-the-url-of-a-proxy',
  collector: 'planted-for-the-collector',
};

/** What an exchange of a PROXY token is answered with. */
const ACCESS = `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(`{"sub":"${PLANTED.access}"}`).toString('base64url')}.c2ln`;

/** A peer that repeats everything that it was sent, and refuses it. */
async function echoingPeer(bob = makeIdentity('bob.test')): Promise<string> {
  const lab = await startLab();
  await servePeer(lab, bob, ({ url, headers, body }, response) => {
    if (url.startsWith('/api/auth/access-token')) return answer(response, { token: ACCESS });
    const message = JSON.stringify({ url, headers, body });
    response.writeHead(400, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { code: 'E-ECHO', message } }));
  });
  return networkFile(lab);
}

/** The secrets in what was written anywhere, as text and with what is in base64url unpacked. */
function found(texts: readonly string[]): string[] {
  const all = texts.flatMap((text) => [
    text,
    ...(text.match(/[\w-]{16,}/g) ?? []).map((part) => Buffer.from(part, 'base64url').toString('latin1')),
  ]);
  return [...Object.values(PLANTED), '-----BEGIN PRIVATE'].filter((secret) =>
    all.some((text) => text.includes(secret)),
  );
}

interface Sent {
  method?: string;
  body?: string;
  headers?: Record<string, string>;
}

/** The status of an answer to alice.test; `fetch` sets the header Host by itself. */
function statusOf(url: string, { method = 'GET', body, headers }: Sent): Promise<number> {
  return new Promise((resolve, reject) => {
    const all = {
      host: 'cl-o.alice.test',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    };
    request(url, { method, headers: all }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    })
      .once('error', reject)
      .end(body);
  });
}

const ALL = ['--trace', '--curl', '--verbose'];

describe('no output has a secret', { timeout: 120_000 }, () => {
  it('of a request: its header, body, query, token', async () => {
    const [network, collector] = await Promise.all([echoingPeer(), startCollector()]);
    const bearerFile = save('token', PLANTED.bearer);
    const body = save('body.json', { password: PLANTED.password, note: { token: PLANTED.body } });
    const file = join(temporaryDirectory(), 'trace');
    const args = [
      'request',
      'POST',
      'bob.test',
      `/api/x?token=${PLANTED.query}&apiKey=${PLANTED.apiKey}`,
      '--data',
      `@${body}`,
    ];
    const secrets = ['--header', `X-Key: ${PLANTED.header}`, '--bearer-file', bearerFile];
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    const all = [...args, ...secrets, '--network', network, ...ALL, '--trace-file', file];
    const text = await runCli(all, { env });
    expect(text.code).toBe(7);
    expect(text.stderr).toContain('{"trace"');
    expect(collector.spans().length).toBeGreaterThan(4);
    // What the peer answered is what was asked for: it stands on stdout alone.
    expect(text.stdout).toContain(PLANTED.header);
    const shown = hasTerminal ? await openTerminal(all, env).done : null;
    const tree = shown?.shown.slice(shown.shown.indexOf('trace ')) ?? '';
    expect(found([text.stderr, tree, readFileSync(file, 'utf8'), ...collector.posts.map((post) => post.body)])).toEqual(
      [],
    );
  });

  it('of a URL that is refused: its user name and password', async () => {
    const url = `https://me:${PLANTED.userInfo}@cl-o.bob.test/x?token=${PLANTED.query}`;
    const [text, wrapped] = await Promise.all([runCli(['get', url, ...ALL]), runCli(['get', url, ...ALL, '--json'])]);
    expect(wrapped.json.error.code).toBe('usage.url');
    expect(found([text.stdout, text.stderr, wrapped.stdout, wrapped.stderr])).toEqual([]);
  });

  it('of an action that a server delivers: its claims, and the passphrase of the key', async () => {
    const [network, collector] = await Promise.all([echoingPeer(), startCollector()]);
    const home = join(temporaryDirectory(), 'home');
    const file = join(temporaryDirectory(), 'trace');
    const passphrase = save('passphrase', PLANTED.passphrase);
    const env = {
      CLOUDILLO_KEY_PASSPHRASE: PLANTED.passphrase,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    };
    const init = await runCli(['init', 'alice.test', '--home', home, '--yes', '--passphrase-file', passphrase]);
    expect(init.stderr + init.stdout).toContain('alice.test');
    const serving = ['serve', '--plain-http', '--port', '0', '--json', '--home', home, '--network', network, '--trace'];
    const serve = startCli(serving, { env });
    try {
      await serve.line((line) => line.includes('"ready":true'));
      const message = ['message', 'bob.test', PLANTED.claim, '--no-preflight', '--home', home];
      const sent = await runCli([...message, ...ALL, '--trace-file', file, '--json'], { env });
      expect(sent.stderr).toContain('/api/inbox');
      serve.child.kill('SIGTERM');
      const { stderr: log } = await serve.done;
      expect(log).toContain('"kind":"client"');
      const posts = collector.posts.map(({ body }) => body);
      expect(posts.join()).toContain('/api/inbox');
      expect(found([sent.stderr, readFileSync(file, 'utf8'), log, ...posts])).toEqual([]);
    } finally {
      serve.child.kill('SIGTERM');
      await serve.done;
    }
  });

  it('of an identity that signs in: its access token, which the peer repeats', async () => {
    const network = await echoingPeer();
    const home = join(temporaryDirectory(), 'home');
    const passphrase = save('passphrase', PLANTED.passphrase);
    await runCli(['init', 'alice.test', '--home', home, '--yes', '--passphrase-file', passphrase]);
    const env = { CLOUDILLO_KEY_PASSPHRASE: PLANTED.passphrase, HTTPS_PROXY: `http://me:${PLANTED.proxy}@127.0.0.1:1` };
    const as = ['--as', 'alice.test', '--home', home, '--network', network];
    for (const [code, args] of [
      [7, ['fetch-action', 'bob.test', `a1~${'A'.repeat(43)}`]],
      [7, ['fetch-file', 'bob.test', `f1~${'A'.repeat(43)}`, '--out', join(temporaryDirectory(), 'f')]],
      [7, ['watch', 'bob.test']],
      [3, ['doctor', 'bob.test']],
      [3, ['smoke-test', 'bob.test']],
    ] as const) {
      for (const more of [ALL, [...ALL, '--json']]) {
        const run = await runCli([...args, ...as, ...more], { env });
        expect(run.code, run.stderr).toBe(code);
        expect(found([run.stdout, run.stderr]), args[0]).toEqual([]);
      }
    }
  });

  it('of what comes to a server: in its log, its notes, and what is asked about them', async () => {
    const bob = makeIdentity('bob.test');
    const network = await echoingPeer(bob);
    const home = join(temporaryDirectory(), 'home');
    await runCli(['init', 'alice.test', '--home', home, '--yes']);
    await runCli(['password', 'set', '--home', home, '--password-file', save('password', `${PLANTED.password}-right`)]);
    const env = { OTEL_EXPORTER_OTLP_HEADERS: `api-key=${PLANTED.collector}`, CLOUDILLO_LOG_LEVEL: 'debug' };
    const serve = startCli(
      ['serve', '--plain-http', '--port', '0', '--json', '--home', home, '--network', network, '--trace'],
      { env },
    );
    try {
      const { url } = JSON.parse(await serve.line((line) => line.includes('"ready":true')));
      const secrets = {
        cookie: `a=1; b=${PLANTED.cookie}`,
        'x-key': PLANTED.header,
        authorization: `Bearer ${PLANTED.bearer}`,
      };
      const ask = (path: string, init: Sent = {}) => statusOf(url + path, init);
      const post = (path: string, body: unknown, headers = {}) =>
        ask(path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), headers });
      expect(await ask(`/api/me/keys?token=${PLANTED.query}`, { headers: secrets })).toBeGreaterThanOrEqual(400);
      expect(await ask(`/api/auth/access-token?apiKey=cl_${PLANTED.apiKey}`)).toBeGreaterThanOrEqual(400);
      expect(await ask(`/api/auth/access-token?token=${PLANTED.query}`)).toBeGreaterThanOrEqual(400);
      expect(await post('/api/auth/login', { idTag: 'alice.test', password: PLANTED.password })).toBeGreaterThanOrEqual(
        400,
      );
      const refused = await bob.sign({ t: 'MSG', aud: 'alice.test', c: PLANTED.claim });
      expect(await post('/api/inbox/sync', { token: refused }, secrets)).toBe(403);
      // A signature that is wrong, a type that is unknown, and no JSON at all.
      expect(await post('/api/inbox/sync', { token: `${refused.slice(0, -9)}AAAAAAAAA` })).toBeGreaterThanOrEqual(400);
      const odd = await bob.sign({ t: 'XODD', aud: 'alice.test', [PLANTED.claim]: PLANTED.claim });
      expect(await post('/api/inbox/sync', { token: odd })).toBeGreaterThanOrEqual(400);
      expect(await post('/api/inbox/sync', `{"token":"${PLANTED.body}`)).toBe(400);
      const at = ['--home', home];
      const log = () => save('server.log', serve.stderr());
      const asked: string[] = [];
      for (const args of [
        ['inbox', 'log', ...at],
        ['explain', 'last', ...at],
        ['explain', 'last', '--any', ...at],
        ['peer', 'show', 'bob.test', ...at],
        ['status', ...at],
        ['doctor', ...at],
        ['config', ...at],
        ['report', 'bob.test', ...at, '--network', network, '--log', log()],
      ]) {
        for (const more of [[], ['--json'], ['--verbose']]) {
          const run = await runCli([...args, ...more], { env });
          asked.push(run.stdout, run.stderr);
          expect(found([run.stdout, run.stderr]), [...args, ...more].join(' ')).toEqual([]);
        }
      }
      // They did see what came.
      expect(asked.join()).toContain('permission.denied');
      serve.child.kill('SIGTERM');
      const { stderr } = await serve.done;
      expect(stderr).toContain('arrival refused');
      expect(stderr).toContain('"http.route":"/api/inbox/sync"');
      expect(found([stderr])).toEqual([]);
    } finally {
      serve.child.kill('SIGTERM');
      await serve.done;
    }
  });
});
