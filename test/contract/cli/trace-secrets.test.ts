import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startCollector } from '../../support/collector.ts';
import { startLab } from '../../support/lab.ts';
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
};

/** A peer that repeats everything that it was sent, and refuses it. */
async function echoingPeer(): Promise<string> {
  const lab = await startLab();
  await servePeer(lab, makeIdentity('bob.test'), ({ url, headers, body }, response) => {
    const message = JSON.stringify({ url, headers, body });
    response.writeHead(400, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { code: 'E-ECHO', message } }));
  });
  return networkFile(lab);
}

/** Everything that was written anywhere, as text and with what is in base64url unpacked. */
function found(texts: readonly string[]): string[] {
  const all = texts.flatMap((text) => [
    text,
    ...(text.match(/[\w-]{16,}/g) ?? []).map((part) => Buffer.from(part, 'base64url').toString('latin1')),
  ]);
  return Object.values(PLANTED).filter((secret) => all.some((text) => text.includes(secret)));
}

const ALL = ['--trace', '--curl', '--verbose'];

describe('no output has a secret', () => {
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
});
