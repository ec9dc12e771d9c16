/** `store compact` beside a running server, and what readers keep from before it. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningCli, runCli, startCli, temporaryDirectory } from '../support/run-cli.ts';
import { schemaProblems } from '../support/schemas.ts';

const directory = join(temporaryDirectory(), 'sandbox');
let sandbox: RunningCli;
let homes: Record<string, string>;
let pids: Record<string, number>;
const started: RunningCli[] = [];

const homeOf = (name: string) => homes[name] as string;
const as = (name: string, ...args: string[]) => runCli([...args, '--home', homeOf(name)]);
function start(name: string, ...args: string[]): RunningCli {
  const cli = startCli([...args, '--home', homeOf(name)], { timeout: 240_000 });
  started.push(cli);
  return cli;
}

/** Asks an instance as a guest. */
function ask(name: string, path: string, body?: object): Promise<{ status: number; text: string }> {
  const { ca, endpoints } = JSON.parse(readFileSync(join(directory, 'network.json'), 'utf8'));
  const [host, port] = endpoints[name].split(':');
  const servername = `cl-o.${name}`;
  const headers = { host: servername, 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const asking = request({ host, port, ca, servername, method, path, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    asking.on('error', reject).end(body && JSON.stringify(body));
  });
}

/** The IDs of a guest's pages, from a cursor on. */
async function pagesAfter(name: string, cursor: string): Promise<string[]> {
  const ids: string[] = [];
  for (let next: string | null = cursor; next !== null; ) {
    const { status, text } = await ask(name, `/api/actions?type=POST&limit=2&cursor=${encodeURIComponent(next)}`);
    expect({ status, text }).toMatchObject({ status: 200 });
    const { data, cursorPagination } = JSON.parse(text);
    ids.push(...data.map((each: { actionId: string }) => each.actionId));
    next = cursorPagination.nextCursor;
  }
  return ids;
}

/** Something that bob tells his followers. @returns its action ID, once it has come to alice */
async function post(text: string): Promise<string> {
  const { code, json } = await as('bob.test', 'post', `${text} ${'x'.repeat(6000)}`, '--visibility', 'P', '--json');
  expect(code).toBe(0);
  await expect
    .poll(async () => (await as('alice.test', 'actions', json.actionId, '--json')).code, { timeout: 60_000 })
    .toBe(0);
  return json.actionId;
}

/** The files of a home that hold a text. */
function filesWith(home: string, text: string): string[] {
  const names = readdirSync(home, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => statSync(join(home, name)).isFile() && readFileSync(join(home, name)).includes(text));
}

function journalBytes(home: string): number {
  const journal = join(home, 'journal');
  const names = readdirSync(journal, { recursive: true, encoding: 'utf8' });
  return names.map((name) => statSync(join(journal, name))).reduce((sum, file) => sum + file.size, 0);
}

function listening({ child }: RunningCli, words: string): Promise<void> {
  return new Promise((resolve) => {
    child.stderr?.on('data', (chunk: string) => {
      if (chunk.includes(words)) resolve();
    });
  });
}

/** The posts that a reader told of, each time it did: not what deleted them, and not how it ended. */
const postsIn = (stdout: string) =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .filter(({ type, error }) => type !== 'POST:DEL' && error === undefined)
    .map(({ actionId }) => actionId);

beforeAll(async () => {
  const ports = ['--port', '0', '--dns-port', '0'];
  sandbox = startCli(['sandbox', 'up', 'alice.test', 'bob.test', '--dir', directory, ...ports, '--json'], {
    timeout: 300_000,
  });
  const ready = JSON.parse(await sandbox.line((line) => line.includes('"ready":true')));
  homes = Object.fromEntries(ready.identities.map((each: { idTag: string; home: string }) => [each.idTag, each.home]));
  pids = Object.fromEntries(ready.identities.map((each: { idTag: string; pid: number }) => [each.idTag, each.pid]));
  expect((await as('alice.test', 'follow', 'bob.test')).code).toBe(0);
}, 120_000);

afterAll(async () => {
  for (const { child, done } of started) {
    child.kill('SIGTERM');
    await done;
  }
  sandbox?.child.kill('SIGTERM');
  await sandbox?.done;
});

it('a running server compacts at a command; places from before it lead on, and what is gone is not taken anew', {
  timeout: 300_000,
}, async () => {
  const log = start('alice.test', 'inbox', 'log', '--follow', '--type', 'POST', '--json');
  const local = start('alice.test', 'watch', '--type', 'POST', '--json');
  const afar = start('bob.test', 'watch', 'alice.test', '--as', 'bob.test', '--type', 'POST', '--json');
  await Promise.all([listening(log, 'Following'), listening(local, 'Watching'), listening(afar, 'Watching')]);
  const posts: string[] = [];
  for (let n = 0; n < 6; n += 1) posts.push(await post(`post ${n}`));
  const [first = '', , , fourth = '', fifth = '', sixth = ''] = posts;
  const gone = [first, fourth];
  const { lines: rows } = await as('alice.test', 'actions', '--type', 'POST', '--tokens', '--json');
  const tokens = posts.map((id) => rows.find(({ actionId }) => actionId === id).token as string);
  const page = JSON.parse((await ask('bob.test', '/api/actions?type=POST&limit=2')).text);
  expect(page.data.map((each: { actionId: string }) => each.actionId)).toEqual([sixth, fifth]);
  for (const id of gone) expect((await as('bob.test', 'delete', id)).code).toBe(0);
  const statusOf = async (id: string) => (await as('alice.test', 'actions', id, '--json')).json.action.status;
  for (const id of gone) await expect.poll(() => statusOf(id), { timeout: 60_000 }).toBe('D');
  const before = { alice: journalBytes(homeOf('alice.test')), bob: journalBytes(homeOf('bob.test')) };

  const text = await as('alice.test', 'store', 'compact');
  expect(text.code).toBe(0);
  expect(text.stdout).toMatch(/^✓ compacted {2}.* → .*\n {2}gone for good: 2 actions\n$/);
  const asJson = await as('bob.test', 'store', 'compact', '--json');
  expect(asJson).toMatchObject({ code: 0, json: { dryRun: false, erased: 2 } });
  expect(schemaProblems('store compact', asJson.json)).toEqual([]);

  // The files are smaller while the servers run on.
  expect(before.alice - journalBytes(homeOf('alice.test'))).toBeGreaterThan(10_000);
  expect(before.bob - journalBytes(homeOf('bob.test'))).toBeGreaterThan(10_000);
  for (const name of ['alice.test', 'bob.test']) {
    expect((await as(name, 'status', '--json')).json.server).toMatchObject({ pid: pids[name] });
    expect(tokens.map((token) => filesWith(homeOf(name), token).length > 0)).toEqual(
      posts.map((id) => !gone.includes(id)),
    );
  }
  expect(await pagesAfter('bob.test', page.cursorPagination.nextCursor)).toEqual([posts[2], posts[1]]);

  // What is gone was known: a sender gets the receipt of the first time, and nothing is stored again.
  for (const token of [tokens[0] as string, tokens[3] as string]) {
    const { status, text: answer } = await ask('alice.test', '/api/inbox/sync', { token });
    expect({ status, answer }).toMatchObject({ status: 201 });
    expect(filesWith(homeOf('alice.test'), token)).toEqual([]);
  }
  for (const id of gone) expect((await as('alice.test', 'actions', id, '--json')).code).toBe(8);

  const again = (await as('alice.test', 'inbox', 'log', '--type', 'POST', '--limit', '2', '--json')).lines;
  expect(again.map(({ outcome }) => outcome)).toEqual(['repeated', 'repeated']);

  // The readers go on: over the compaction, and over a kill after it.
  const after = await post('after the compaction');
  await log.line((line) => line.includes(after));
  process.kill(pids['alice.test'] as number, 'SIGKILL');
  expect((await log.done).code).toBe(8);
  const server = start('alice.test', 'serve', '--json');
  await server.line((line) => line.includes('"ready":true'));
  const last = await post('after the kill');
  for (const watch of [local, afar]) {
    await watch.line((line) => line.includes(last));
    watch.child.kill('SIGINT');
    expect(postsIn((await watch.done).stdout)).toEqual([...posts, after, last]);
  }
  expect(postsIn((await log.done).stdout)).toEqual([...posts, ...gone, after]);
  expect((await as('alice.test', 'store', 'check', '--json')).json).toMatchObject({ ok: true });
});
