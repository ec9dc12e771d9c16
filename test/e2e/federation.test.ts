import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACTION_TYPES } from '../../src/protocol/action-types.ts';
import { type RunningCli, runCli, startCli, temporaryDirectory } from '../support/run-cli.ts';

/** Five identities on three servers: two share one, two another, one has its own. */
const TOGETHER = ['alice.test,bob.test', 'carol.test,dave.test', 'erin.test'];

interface Shown {
  actionId: string;
  type: string;
  issuer: string;
  status: string;
  current: boolean;
  content: unknown;
}

let sandbox: RunningCli;
let directory: string;
let homes: Record<string, string>;
let pids: Record<string, number>;
const started: RunningCli[] = [];

beforeAll(async () => {
  directory = join(temporaryDirectory(), 'sandbox');
  const args = ['sandbox', 'up', ...TOGETHER, '--dir', directory, '--port', '0', '--dns-port', '0', '--json'];
  sandbox = startCli(args, { timeout: 600_000 });
  const { identities } = JSON.parse(await sandbox.line((line) => line.includes('"ready":true')));
  homes = Object.fromEntries(identities.map((each: { idTag: string; home: string }) => [each.idTag, each.home]));
  pids = Object.fromEntries(identities.map((each: { idTag: string; pid: number }) => [each.idTag, each.pid]));
  expect(new Set(Object.values(pids)).size).toBe(3);
}, 120_000);

afterAll(async () => {
  for (const { child, done } of [...started, sandbox]) {
    child.kill('SIGTERM');
    await done;
  }
});

function command(who: string, ...args: string[]) {
  const home = ['--home', homes[`${who}.test`] as string, '--json'];
  return runCli([...args, '--as', `${who}.test`, ...home], { timeout: 60_000 });
}

/** Runs a command that has to succeed. @returns what it printed */
async function does(who: string, ...args: string[]) {
  const result = await command(who, ...args);
  expect({ who, args, code: result.code, error: result.code === 0 ? '' : result.stdout + result.stderr }).toEqual({
    who,
    args,
    code: 0,
    error: '',
  });
  return result.lines[0];
}

/** All that an identity's store has of a type, newest first. */
async function listed(who: string, ...filters: string[]): Promise<Shown[]> {
  const { lines } = await command(who, 'actions', '--limit', '0', ...filters);
  return lines as Shown[];
}

/** Waits until an identity has an action, as its server gets it by itself. */
async function arrives(who: string, actionId: string): Promise<void> {
  await expect
    .poll(async () => (await listed(who)).some((action) => action.actionId === actionId), {
      timeout: 60_000,
      interval: 250,
    })
    .toBe(true);
}

async function waiting(who: string, type: string): Promise<Shown> {
  const [found] = await listed(who, '--status', 'C', '--type', type);
  if (!found) throw new Error(`nothing of type ${type} waits for ${who}`);
  return found;
}

describe('five identities on three servers', { timeout: 300_000 }, () => {
  /** IDs of what is looked for again at the end. */
  const said: Record<string, string> = {};

  it('follow and connect, asked, accepted, crossing and taken back', async () => {
    for (const who of ['bob', 'carol', 'dave', 'erin']) await does(who, 'follow', 'alice.test');
    await does('alice', 'connect', 'carol.test', '--message', 'Shall we?');
    await does('carol', 'accept', (await waiting('carol', 'CONN')).actionId);
    // Two requests that cross connect at once.
    await does('alice', 'connect', 'erin.test');
    await does('erin', 'connect', 'alice.test');
    await does('bob', 'connect', 'dave.test');
    await does('dave', 'reject', (await waiting('dave', 'CONN')).actionId);
    const { lines } = await command('alice', 'relations');
    const connected = lines.filter((relation) => relation.connected).map(({ peer }) => peer);
    expect(connected.sort()).toEqual(['carol.test', 'erin.test']);
    const relations = (await command('carol', 'relations')).lines;
    expect(relations).toMatchObject([{ peer: 'alice.test', following: true, follower: true, connected: true }]);
  });

  it('broadcast a post with an image to those who may read it, and its answers come back', async () => {
    const picture = join(directory, 'dot.png');
    const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
    writeFileSync(picture, Buffer.from(png, 'base64'));
    const post = await does('alice', 'post', 'Hello from alice', '--attach', picture, '--visibility', 'P');
    said.post = post.actionId;
    for (const who of ['bob', 'carol', 'dave', 'erin']) await arrives(who, said.post as string);
    const close = await does('alice', 'post', 'For friends', '--visibility', 'C');
    said.close = close.actionId;
    await arrives('carol', close.actionId);
    await arrives('erin', close.actionId);
    expect((await listed('dave')).map(({ actionId }) => actionId)).not.toContain(close.actionId);

    await does('carol', 'react', said.post as string, 'like');
    await does('carol', 'react', said.post as string, 'love');
    await does('dave', 'comment', said.post as string, 'Nice');
    await expect
      .poll(async () => (await listed('bob', '--type', 'STAT')).map(({ content }) => content), {
        timeout: 60_000,
        interval: 500,
      })
      .toContainEqual(expect.objectContaining({ r: '1,V1', c: 1 }));
    await does('erin', 'repost', said.post as string, 'Look', '--on', 'erin.test');
    expect(await listed('alice', '--type', 'REPOST')).toMatchObject([{ issuer: 'erin.test' }]);
  });

  it('write on a wall, which its owner approves for all followers', async () => {
    const wall = await does('carol', 'post', 'On your wall', '--on', 'alice.test', '--visibility', 'P');
    said.wall = wall.actionId;
    expect((await listed('dave')).map(({ actionId }) => actionId)).not.toContain(wall.actionId);
    await does('alice', 'accept', wall.actionId);
    // dave has nothing to do with carol: it comes along with alice's approval.
    await arrives('dave', wall.actionId);
    await arrives('bob', wall.actionId);
  });

  it('go on while one server is killed, and catch up when it is back', async () => {
    process.kill(pids['carol.test'] as number, 'SIGKILL');
    const missed = await command('alice', 'post', 'You were away', '--visibility', 'P');
    said.missed = missed.json.actionId;
    expect(missed.json.sent).toMatchObject({ recipients: 4, delivered: 2, queued: 2 });
    await arrives('bob', said.missed as string);
    await arrives('erin', said.missed as string);
    const server = startCli(['serve', '--home', homes['carol.test'] as string, '--json'], { timeout: 600_000 });
    started.push(server);
    await server.line((line) => line.includes('"ready":true'));
    await does('alice', 'deliveries', 'retry', '--all');
    await arrives('carol', said.missed as string);
    await arrives('dave', said.missed as string);
  });

  it('talk in a conversation that one of them keeps', async () => {
    const content = JSON.stringify({ name: 'Plans', description: 'What next' });
    const conversation = (await does('alice', 'action', 'CONV', '--content-json', content)).actionId;
    said.conversation = conversation;
    const invite = ['action', 'INVT', '--sub', conversation, '--content-json', '{"role":"member"}'];
    for (const peer of ['carol.test', 'erin.test']) await does('alice', ...invite, '--audience', peer);
    for (const who of ['carol', 'erin']) {
      await arrives(who, conversation);
      await does(who, 'accept', (await waiting(who, 'INVT')).actionId);
    }
    const message = await does('carol', 'message', conversation, 'Hello all');
    said.message = message.actionId;
    await arrives('alice', message.actionId);
    await arrives('erin', message.actionId);
    const answer = await does('alice', 'message', conversation, 'Welcome');
    await arrives('carol', answer.actionId);
    const stranger = await command(
      'dave',
      'action',
      'MSG',
      '--audience',
      'alice.test',
      '--sub',
      conversation,
      '--content',
      'me?',
      '--sync',
    );
    expect(stranger.code).toBe(7);
    await does(
      'alice',
      'action',
      'SUBS:UPD',
      '--audience',
      'erin.test',
      '--sub',
      conversation,
      '--content-json',
      '{"role":"moderator"}',
    );
    await does('alice', 'action', 'PRES:TYPING', '--sub', conversation);
    await does('erin', 'action', 'SUBS:DEL', '--audience', 'alice.test', '--sub', conversation);
    const direct = await does('alice', 'message', 'carol.test', 'Just us');
    await arrives('carol', direct.actionId);
  });

  it('share a file, invite to a node, register a name and offer an app', async () => {
    const note = join(directory, 'note.txt');
    writeFileSync(note, 'shared\n');
    const { fileId } = await does('alice', 'file', 'add', note);
    const share = await does('alice', 'action', 'FSHR', '--audience', 'carol.test', '--sub', fileId);
    await does('carol', 'accept', (await waiting('carol', 'FSHR')).actionId);
    await does('carol', 'fetch-file', 'alice.test', fileId, '--out', join(directory, 'opened.txt'));
    said.share = share.actionId;
    const invitation = JSON.stringify({ refId: 'r1', nodeName: 'node.test' });
    await does('alice', 'action', 'PRINVT', '--audience', 'carol.test', '--content-json', invitation);
    await does(
      'alice',
      'action',
      'IDP:REG',
      '--audience',
      'erin.test',
      '--content-json',
      '{"idTag":"new.test"}',
      '--sync',
    );
    expect(await listed('erin', '--type', 'IDP:REG')).toHaveLength(1);
    const app = JSON.stringify({ name: 'clock', version: '1.0.0' });
    await does('alice', 'action', 'APKG', '--content-json', app, '--attach', fileId);
  });

  it('take back what they said', async () => {
    await does('alice', 'delete', said.close as string);
    await expect
      .poll(async () => (await listed('carol', '--status', 'D')).map(({ actionId }) => actionId))
      .toContain(said.close);
    await does('carol', 'react', said.post as string, 'none');
    await does('bob', 'unfollow', 'alice.test');
    await does('alice', 'disconnect', 'erin.test');
    const { lines } = await command('erin', 'relations');
    expect(lines).toMatchObject([{ peer: 'alice.test', connected: false }]);
  });

  it('end with journals that are whole and agree, and every type in them', async () => {
    const types = new Set<string>();
    for (const home of new Set(Object.values(homes))) {
      const check = await runCli(['store', 'check', '--home', home, '--json'], { timeout: 60_000 });
      expect(check).toMatchObject({ code: 0 });
      expect(check.json.findings).toEqual([]);
    }
    const idTags = Object.keys(homes);
    const deliveries = async (idTag: string, state: string) => {
      const who = idTag.slice(0, -'.test'.length);
      return (await command(who, 'deliveries', '--state', state, '--limit', '0')).lines;
    };
    // Counts are told a while after what they count.
    const queued = async () => (await Promise.all(idTags.map((idTag) => deliveries(idTag, 'queued')))).flat();
    await expect.poll(queued, { timeout: 60_000, interval: 250 }).toEqual([]);
    // Whatever one side said was taken, the other side has: looked at later.
    const delivered = await Promise.all(idTags.map((idTag) => deliveries(idTag, 'delivered')));
    for (const idTag of idTags) {
      const who = idTag.slice(0, -'.test'.length);
      const all = [...(await listed(who)), ...(await listed(who, '--status', 'D'))];
      for (const { type } of all) types.add(type.startsWith('IDP:') ? type : (type.split(':')[0] as string));
      const held = all.map(({ actionId }) => actionId);
      const taken = delivered.flat().filter(({ to }) => to === idTag);
      expect(held).toEqual(expect.arrayContaining(taken.map(({ actionId }) => actionId)));
    }
    for (const each of delivered) expect(each.length).toBeGreaterThan(0);
    // PRES is passed on live and kept by nobody.
    expect([...types].sort()).toEqual(ACTION_TYPES.filter((type) => type !== 'PRES').sort());
    for (const who of ['carol', 'erin']) {
      const ids = (await listed(who)).map(({ actionId }) => actionId);
      expect(ids).toEqual(expect.arrayContaining([said.post, said.wall, said.missed, said.conversation, said.message]));
    }
  });
});
