import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { Chalk } from 'chalk';
import { describe, expect, it } from 'vitest';
import { terminalLine } from '../../../src/cli/output/foreign-text.ts';
import { renderArrival, renderArrivals } from '../../../src/cli/render/arrivals.ts';
import { renderStory } from '../../../src/cli/render/explain.ts';
import { actionId } from '../../../src/protocol/content-id.ts';
import { arrivalView } from '../../../src/services/reading/arrival-view.ts';
import { emptyNote } from '../../../src/store/model/arrival-note.ts';
import { runCli, startCli, temporaryDirectory } from '../../support/run-cli.ts';
import { schemaProblems } from '../../support/schemas.ts';

/** A home with a server, which is stopped, or killed, before the log is read. */
async function served() {
  const home = join(temporaryDirectory(), 'home');
  expect((await runCli(['init', 'alice.test', '--home', home, '--yes'])).code).toBe(0);
  const server = startCli(['serve', '--home', home, '--plain-http', '--port', '0', '--json', '--quiet'], {
    timeout: 60_000,
  });
  const { port } = JSON.parse(await server.line((line) => line.includes('"ready"')));
  const send = (body: string, id: string) =>
    new Promise<number>((resolve, reject) => {
      const headers = { host: 'cl-o.alice.test', 'content-type': 'application/json', 'x-request-id': id };
      request({ port, host: '127.0.0.1', path: '/api/inbox', method: 'POST', headers }, (answer) => {
        answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
      })
        .on('error', reject)
        .end(body);
    });
  const run = (args: string[]) => runCli([...args, '--home', home]);
  const lines = async (args: string[]) => {
    const { stdout } = await run([...args, '--json']);
    return stdout.trim() === ''
      ? []
      : stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line));
  };
  return { home, server, send, run, lines };
}

describe('inbox log and explain', { timeout: 60_000 }, () => {
  it('say the same with the server up, killed and gone, as text and as JSON', async () => {
    const { server, send, run, lines } = await served();
    const part = (json: unknown) => Buffer.from(JSON.stringify(json)).toString('base64url');
    const claims = { iss: 'Bob.Test', k: 'x', t: 'FLLW', aud: 'alice.test', iat: 1 };
    const token = `${part({ alg: 'ES384' })}.${part(claims)}.${'A'.repeat(128)}`;
    expect(await send(JSON.stringify({ token }), 'issuer')).toBe(400);
    const up = await lines(['inbox', 'log']);
    expect(up).toMatchObject([{ outcome: 'refused', requestId: 'issuer', refusal: { code: 'token.issuer' } }]);
    for (const each of up) expect(schemaProblems('inbox-log', each)).toEqual([]);
    // Killed at once: what was answered is noted.
    expect(await send('{"tokn":1}', 'shape')).toBe(400);
    server.child.kill('SIGKILL');
    await server.done;
    const down = await lines(['inbox', 'log']);
    expect(down).toMatchObject([{ requestId: 'shape', refusal: { code: 'request.invalid' } }, { requestId: 'issuer' }]);
    const [story] = await lines(['explain', 'issuer']);
    expect(schemaProblems('explain', story)).toEqual([]);
    expect(story).toMatchObject({ arrival: { actionId: actionId(token) } });
    const text = await run(['explain', 'last']);
    expect(text).toMatchObject({ code: 0, stdout: expect.stringContaining('request.invalid') });
    const log = await run(['inbox', 'log', '--code', 'token']);
    expect(log.stdout.split('\n').filter(Boolean)).toHaveLength(2);
    expect((await run(['explain', 'nothing-of-this-name'])).code).toBe(8);
    expect((await run(['inbox', 'log', '--follow'])).code).toBe(8);
  });

  it('go on with a damaged log, and warn', async () => {
    const { home, server, run } = await served();
    server.child.kill('SIGTERM');
    await server.done;
    const directory = join(home, 'cache/arrivals/refused');
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, '000001.log'), '\u001b[2Jnot a log\n');
    expect(await run(['inbox', 'log'])).toMatchObject({ code: 0, stdout: '' });
    const again = startCli(['serve', '--home', home, '--plain-http', '--port', '0', '--json'], { timeout: 60_000 });
    await again.line((line) => line.includes('"ready"'));
    again.child.kill('SIGTERM');
    const { stderr } = await again.done;
    expect(stderr).toContain('A damaged cache was set aside');
  });

  it('follow until the server stops', async () => {
    const { home, server } = await served();
    const follow = startCli(['inbox', 'log', '--follow', '--home', home], { timeout: 60_000 });
    await once(follow.child.stderr as NodeJS.ReadableStream, 'data');
    server.child.kill('SIGTERM');
    const { code } = await follow.done;
    expect(code).toBe(8);
  });

  it('explain a code without a home', async () => {
    const nowhere = ['--home', join(temporaryDirectory(), 'none')];
    const page = await runCli(['explain', 'rate.banned', '--json', ...nowhere]);
    expect(page.code).toBe(0);
    expect(schemaProblems('explain', JSON.parse(page.stdout))).toEqual([]);
    expect((await runCli(['explain', 'rate.nothing', ...nowhere])).code).toBe(2);
    expect((await runCli(['explain', 'last', ...nowhere])).code).toBe(8);
    expect((await runCli(['inbox', 'log', ...nowhere])).code).toBe(8);
  });
});

it('no field of a stranger reaches the terminal as it is', () => {
  const evil = '\u001b]0;x\u0007\u202e\r\n';
  const refusal = {
    code: 'token.claims',
    check: evil,
    stage: evil,
    blame: 'sender',
    retryAt: null,
    message: evil,
    step: evil,
  };
  const arrival = arrivalView(
    emptyNote({
      at: 1,
      outcome: 'refused',
      ...{ issuer: evil, type: evil, address: evil, request: evil, tenant: evil },
      ...{ key: { id: evil, source: 'cache', fetchedAt: 1 }, rule: evil, stages: [[evil, 1]], failed: [['key', evil]] },
      refusal: refusal as never,
    }),
  );
  const story = { arrival, next: null, earlier: [arrival], stored: null, deliveries: [] } as never;
  const colors = new Chalk({ level: 0 });
  const printed = [
    ...renderArrivals([arrival as never], colors),
    renderArrival(arrival as never),
    ...renderStory(story, 1, colors),
  ];
  for (const line of printed.map(terminalLine)) expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});
