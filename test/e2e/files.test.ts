import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDoor } from '../../src/cli/home/door.ts';
import { loadNetwork } from '../../src/cli/home/load-network.ts';
import { loadSettings } from '../../src/cli/home/load-settings.ts';
import { createRequester } from '../../src/federation/http/request.ts';
import { createPeerApi } from '../../src/federation/peer/api.ts';
import { blobId, fileId } from '../../src/protocol/content-id.ts';
import type { SendInput } from '../../src/services/actions/send-action.ts';
import { makeIdentity } from '../support/lab-identity.ts';
import { labPort } from '../support/lab-port.ts';
import { type RunningCli, runCli, startCli, temporaryDirectory } from '../support/run-cli.ts';

const WAIT = { timeout: 30_000, interval: 250 };
const RIGHT = Buffer.from('what carol promised');
const DESCRIPTOR = `d2,orig:${blobId(RIGHT)}:f=bin:s=${RIGHT.length}:r=0x0`;

/** Whose server is the test's own: it promises a file and serves another. */
const carol = { ...makeIdentity('carol.test'), bytes: RIGHT, server: undefined as Server | undefined };
const directory = temporaryDirectory();
let sandbox: RunningCli;
let homes: Record<string, string>;
let pids: Record<string, number>;
const started: RunningCli[] = [];

const as = (name: string, ...args: string[]) => runCli([...args, '--home', homes[name] ?? '']);
const filesOf = async (name: string): Promise<{ fileId: string; owner: string }[]> =>
  (await as(name, 'file', 'list', '--json')).lines;
const missingOf = async (name: string) => (await as(name, 'file', 'list', '--missing', '--json')).lines;
const has = async (name: string, id: string) => (await filesOf(name)).some((file) => file.fileId === id);

async function addFile(name: string, text: string): Promise<string> {
  const path = join(directory, `${text}.txt`);
  writeFileSync(path, text);
  const { json } = await as(name, 'file', 'add', path, '--json');
  return json.fileId;
}

/** Says something as an identity, through its server or without one. */
async function say(name: string, draft: SendInput['draft']): Promise<string> {
  const door = openDoor(homes[name] ?? '', { settings: {}, log: () => {}, note: () => {} });
  try {
    const input: SendInput = { draft: { visibility: 'F', ...draft }, preflight: false };
    const { actionId } = (await door.run('sendAction', input, () => {})) as { actionId: string };
    return actionId;
  } finally {
    await door.close();
  }
}

async function serve(name: string): Promise<RunningCli> {
  const server = startCli(['serve', '--home', homes[name] ?? '', '--json'], { timeout: 120_000 });
  started.push(server);
  await server.line((line) => line.includes('"ready":true'));
  return server;
}

/** Kills a server that the sandbox started, and waits until it is gone. */
async function killMember(name: string): Promise<void> {
  const pid = pids[name] ?? 0;
  process.kill(pid, 'SIGKILL');
  const isThere = () => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  await expect.poll(isThere).toBe(false);
}

beforeAll(async () => {
  const port = await labPort();
  const dir = join(directory, 'sandbox');
  const args = ['sandbox', 'up', 'alice.test', 'bob.test', '--dir', dir, '--port', '0', '--dns-port', '0'];
  sandbox = startCli([...args, '--member', `carol.test=127.0.0.1:${port}`, '--json'], { timeout: 300_000 });
  const ready = JSON.parse(await sandbox.line((line) => line.includes('"ready":true')));
  homes = Object.fromEntries(ready.identities.map((each: { idTag: string; home: string }) => [each.idTag, each.home]));
  pids = Object.fromEntries(ready.identities.map((each: { idTag: string; pid: number }) => [each.idTag, each.pid]));
  const { cert, key } = ready.members[0];
  carol.server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (request, response) => {
    const path = new URL(request.url ?? '', 'https://x').pathname;
    const answers: Record<string, unknown> = {
      '/api/me': carol.profile,
      '/api/inbox': {},
      '/api/auth/access-token': { token: 'x' },
      [`/api/files/${fileId(DESCRIPTOR)}/descriptor`]: DESCRIPTOR,
    };
    request.resume().on('end', () => {
      if (path === `/api/files/variant/${blobId(RIGHT)}`) return response.end(carol.bytes);
      const data = answers[path];
      response.writeHead(data === undefined ? 404 : 200, { 'content-type': 'application/json' });
      const error = { error: { code: 'E-CORE-NOTFOUND', message: 'no' } };
      response.end(JSON.stringify(data === undefined ? error : { data, time: '2026-01-31T12:00:00Z', reqId: 'test' }));
    });
  });
  await new Promise<void>((resolve) => carol.server?.listen(port, '127.0.0.1', resolve));
  for (const peer of ['bob.test', 'carol.test']) {
    expect(await as('alice.test', 'follow', peer, '--no-preflight', '--json')).toMatchObject({ code: 0 });
  }
}, 120_000);

afterAll(async () => {
  for (const { child, done } of started) {
    child.kill('SIGTERM');
    await done;
  }
  carol.server?.closeAllConnections();
  carol.server?.close();
  sandbox?.child.kill('SIGTERM');
  await sandbox?.done;
});

describe('what bob attaches', () => {
  it('comes to alice, who follows him, with the post', async () => {
    const id = await addFile('bob.test', 'first');
    const actionId = await say('bob.test', { type: 'POST', content: 'look', attachments: [id] });
    await expect.poll(() => has('alice.test', id), WAIT).toBe(true);
    expect(await filesOf('alice.test')).toMatchObject([{ fileId: id, owner: 'bob.test' }]);
    expect((await as('alice.test', 'file', 'export', id)).stdout).toBe('first');
    expect((await as('alice.test', 'actions', actionId, '--json')).json.action.attachments).toEqual([id]);
  }, 60_000);

  it('comes when his server is back, though he said it while that was down, and alice was killed meanwhile', async () => {
    await killMember('bob.test');
    const id = await addFile('bob.test', 'second');
    await say('bob.test', { type: 'POST', content: 'look again', attachments: [id] });
    await expect
      .poll(() => missingOf('alice.test'), WAIT)
      .toMatchObject([{ fileId: id, from: 'bob.test', state: 'queued', error: { code: 'network.refused' } }]);
    await killMember('alice.test');
    await serve('alice.test');
    await serve('bob.test');
    let said = 0;
    const heard = async () => {
      // Whoever is heard from is asked again soon: nobody waits for a minute here.
      said += 1;
      await say('bob.test', { type: 'POST', content: `I am back ${said}` });
      return has('alice.test', id);
    };
    await expect.poll(heard, { timeout: 40_000, interval: 2_000 }).toBe(true);
    expect((await as('alice.test', 'file', 'export', id)).stdout).toBe('second');
    expect(await missingOf('alice.test')).toEqual([]);
  }, 90_000);
});

it('what isn’t what carol signed for is refused, until it is', async () => {
  const { values } = await loadSettings(homes['alice.test'] ?? '', {});
  const requester = createRequester({ network: await loadNetwork(values), timeout: 5_000 });
  const inbox = async (content: string) => {
    const token = await carol.sign({ t: 'POST:IMG', c: content, a: [fileId(DESCRIPTOR)], v: 'F' });
    await createPeerApi(requester).postInbox('alice.test', token, { sync: true });
  };
  try {
    carol.bytes = Buffer.from('what carol promisee');
    await inbox('look');
    await expect
      .poll(() => missingOf('alice.test'), WAIT)
      .toMatchObject([
        { fileId: fileId(DESCRIPTOR), from: 'carol.test', state: 'refused', error: { code: 'peer.mismatch' } },
      ]);
    expect(await has('alice.test', fileId(DESCRIPTOR))).toBe(false);
    carol.bytes = RIGHT;
    await inbox('really');
    await expect.poll(() => has('alice.test', fileId(DESCRIPTOR)), WAIT).toBe(true);
    expect((await as('alice.test', 'store', 'check', '--json')).json.ok).toBe(true);
  } finally {
    requester.close();
  }
}, 60_000);
