import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDoor } from '../../../src/cli/home/door.ts';
import { writePrivateKey } from '../../../src/cli/input/private-key-file.ts';
import { exportPrivateKey, generateKeyPair } from '../../../src/protocol/keys.ts';
import { issueFor } from '../../../src/sandbox/certificates/issue.ts';
import { sandboxPaths } from '../../../src/sandbox/directory/paths.ts';
import type { OperationName } from '../../../src/services/door/operations.ts';
import type { CheckStoreResult } from '../../../src/services/home/check-store.ts';
import { initInstance } from '../../../src/services/home/init.ts';
import type { StatusResult } from '../../../src/services/home/status.ts';
import { systemClock } from '../../../src/services/runtime/system-clock.ts';
import { FileBlobs } from '../../../src/store/blobs/file-blobs.ts';
import { image } from '../../support/images.ts';
import { PROJECT_ROOT, runCli, temporaryDirectory } from '../../support/run-cli.ts';

const PRELOAD = `--import ${join(PROJECT_ROOT, 'test/support/stop-points.mjs')}`;
const PASSWORD = 'correct horse battery';
const IMPORTED = exportPrivateKey(generateKeyPair().privateKey);

/** Runs a command once. @returns the directory as a kill before each change would leave it */
async function killedAtEachChange(root: string, args: string[]): Promise<{ point: string; root: string }[]> {
  const copies = temporaryDirectory();
  const env = { NODE_OPTIONS: PRELOAD, STOP_ROOT: root, STOP_COPIES: copies };
  expect(await runCli(args, { env })).toMatchObject({ code: 0 });
  const points = readFileSync(join(copies, 'points'), 'utf8').trimEnd().split('\n');
  return points.map((point, index) => ({ point: `${index + 1}: ${point}`, root: join(copies, `${index + 1}`) }));
}

/** Does something in the home. */
async function done(home: string, op: OperationName, input: unknown): Promise<unknown> {
  const door = openDoor(home, { settings: {}, log: () => {}, note: () => {} });
  try {
    return await door.run(op, input, () => {});
  } finally {
    await door.close();
  }
}

/** Does something in the home, then looks whether it is well. */
async function repeat(home: string, op: OperationName, input: unknown): Promise<unknown> {
  const door = openDoor(home, { settings: {}, log: () => {}, note: () => {} });
  try {
    const done = await door.run(op, input, () => {}).catch((error) => error.code ?? error);
    const { problems } = (await door.run('status', undefined, () => {})) as StatusResult;
    const { findings } = (await door.run('checkStore', {}, () => {})) as CheckStoreResult;
    return typeof done === 'string' ? done : { problems: problems.map(({ code }) => code), findings };
  } finally {
    await door.close();
  }
}

const WELL = { problems: ['server.stopped'], findings: [] };

/** Files of a name that only an interrupted command leaves. */
function leftovers(root: string): string[] {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /(^|\/)\.(?!own\.)[^/]*$/.test(name));
}

async function newHome(): Promise<string> {
  const home = join(temporaryDirectory(), 'home');
  await initInstance({ home, clock: systemClock }, { idTag: 'alice.test' });
  return home;
}

const keyIds = (home: string): string[] =>
  JSON.parse(readFileSync(join(home, 'identities/alice.test/identity.json'), 'utf8')).keys.map(
    ({ keyId }: { keyId: string }) => keyId,
  );
const keyFiles = (home: string): string[] => readdirSync(join(home, 'identities/alice.test/keys')).sort();

/** A command, the same done again, and what may be the answer to that. */
interface Case {
  /** What is in the home before. @returns the ID of an action */
  prepare?: (home: string) => Promise<unknown>;
  args: (directory: string, home: string) => string[];
  op: OperationName;
  input: (directory: string, home: string) => unknown;
  done?: string;
}

const CASES: Record<string, Case> = {
  'keygen --rotate': {
    args: () => ['keygen', '--rotate', '--expire-old', '1d'],
    op: 'addKey',
    input: () => ({ rotate: true, expireOld: 86_400_000 }),
  },
  'keygen --import': {
    args: (directory) => ['keygen', '--rotate', '--import', join(directory, 'key.pem'), '--key-id', '240101'],
    op: 'addKey',
    input: () => ({ rotate: true, expireOld: 86_400_000, importPem: IMPORTED, keyId: '240101' }),
    done: 'key.exists',
  },
  'config set': {
    args: () => ['config', 'set', 'listen.port', '8443'],
    op: 'setSetting',
    input: () => ({ name: 'listen.port', value: '8443' }),
  },
  'api-key create': {
    args: () => ['api-key', 'create', '--name', 'x'],
    op: 'createApiKey',
    input: () => ({ name: 'x' }),
  },
  'file add': {
    args: (directory) => ['file', 'add', join(directory, 'key.pem')],
    op: 'addFile',
    input: (directory) => ({ path: join(directory, 'key.pem'), fileName: 'key.pem' }),
  },
  'config unset': {
    prepare: (home) => done(home, 'setSetting', { name: 'listen.port', value: '8443' }),
    args: () => ['config', 'unset', 'listen.port'],
    op: 'setSetting',
    input: () => ({ name: 'listen.port', value: null }),
  },
  'password set': {
    args: (directory) => ['password', 'set', '--password-file', join(directory, 'password')],
    op: 'setPassword',
    input: () => ({ password: PASSWORD }),
  },
  'password clear': {
    prepare: (home) => done(home, 'setPassword', { password: PASSWORD }),
    args: () => ['password', 'clear'],
    op: 'clearPassword',
    input: () => ({}),
  },
  'api-key revoke': {
    prepare: (home) => done(home, 'createApiKey', { name: 'x' }),
    args: () => ['api-key', 'revoke', '1'],
    op: 'revokeApiKey',
    input: () => ({ key: '1' }),
    done: 'key.missing',
  },
  'token create': {
    args: (directory) => ['token', 'create', '--out', join(directory, 'token')],
    op: 'createAccessToken',
    input: () => ({}),
  },
  'profile set': {
    args: (directory) => ['profile', 'set', '--name', 'Alice L.', '--picture', join(directory, 'face.png')],
    op: 'setProfile',
    // Without the picture: its variants would be made anew for each kill.
    input: () => ({ name: 'Alice L.' }),
  },
  'post --attach': {
    args: (directory) => ['post', 'hello', '--attach', join(directory, 'face.png')],
    op: 'sendAction',
    input: () => ({ draft: { type: 'POST', content: 'hello again' } }),
  },
  delete: {
    prepare: (home) => done(home, 'sendAction', { draft: { type: 'POST', content: 'hello' } }),
    args: (_, home) => ['delete', postIn(home)],
    op: 'decide',
    input: (_, home) => ({ decision: 'delete', actionId: postIn(home) }),
    done: 'check.state',
  },
  'store rebuild': {
    prepare: (home) => done(home, 'sendAction', { draft: { type: 'POST', content: 'hello' } }),
    args: () => ['store', 'rebuild'],
    op: 'rebuildStore',
    input: () => ({}),
  },
  'file gc': {
    prepare: strayBlob,
    args: () => ['file', 'gc', '--grace', '10m'],
    op: 'sweepFiles',
    input: () => ({ grace: 600_000 }),
  },
};

/** The ID of the first action of a home. */
function postIn(home: string): string {
  const [id] = /a1~[A-Za-z0-9_-]{43}/.exec(readFileSync(join(home, 'journal/000001.ndjson'), 'utf8')) ?? [];
  if (id === undefined) throw new Error('there is no action');
  return id;
}

/** Stores bytes that no file names, an hour ago. */
async function strayBlob(home: string): Promise<void> {
  const { id } = await new FileBlobs(join(home, 'blobs')).write(Buffer.from('left over'));
  const before = new Date(Date.now() - 3_600_000);
  utimesSync(join(home, 'blobs', id.slice(3, 5), id), before, before);
}

describe('a command that is killed before any of its changes', () => {
  it.each(Object.entries(CASES))(
    '%s is finished or undone, and can be repeated',
    { timeout: 120_000 },
    async (name, command) => {
      const directory = temporaryDirectory();
      writeFileSync(join(directory, 'key.pem'), IMPORTED, { mode: 0o600 });
      writeFileSync(join(directory, 'password'), PASSWORD, { mode: 0o600 });
      writeFileSync(join(directory, 'face.png'), await image(64, 64));
      const home = await newHome();
      await command.prepare?.(home);
      const states = await killedAtEachChange(home, [...command.args(directory, home), '--home', home]);
      expect(states.length).toBeGreaterThan(10);
      for (const { point, root } of states) {
        const before = keyIds(root);
        const answer = await repeat(root, command.op, command.input(directory, root));
        const isDone = answer === command.done;
        expect({ point, answer }).toEqual({ point, answer: isDone ? command.done : WELL });
        if (name === 'keygen --rotate')
          expect({ point, keys: keyIds(root).length }).toEqual({ point, keys: before.length + 1 });
        expect({ point, files: keyFiles(root) }).toEqual({
          point,
          files: keyIds(root)
            .map((keyId) => `${keyId}.pem`)
            .sort(),
        });
        expect({ point, left: leftovers(root) }).toEqual({ point, left: [] });
      }
    },
  );

  it('keygen --revoke is finished or undone, and can be repeated', async () => {
    const home = await newHome();
    const [first = ''] = keyIds(home);
    expect(await repeat(home, 'addKey', { rotate: true, expireOld: 86_400_000 })).toEqual(WELL);
    for (const { point, root } of await killedAtEachChange(home, ['keygen', '--revoke', first, '--home', home])) {
      expect({ point, answer: await repeat(root, 'revokeKey', { keyId: first }) }).toEqual({ point, answer: WELL });
      expect({ point, left: leftovers(root) }).toEqual({ point, left: [] });
    }
  });

  it('keygen --rotate by a real SIGKILL: the next one is done', async () => {
    const probe = await newHome();
    const points = await killedAtEachChange(probe, ['keygen', '--rotate', '--home', probe]);
    const among = points.flatMap(({ point }, index) => (point.includes(' identities/') ? [index + 1] : []));
    expect(among.length).toBeGreaterThan(8);
    for (const at of among) {
      const home = await newHome();
      const env = { NODE_OPTIONS: PRELOAD, STOP_ROOT: home, STOP_AT: `${at}` };
      expect(await runCli(['keygen', '--rotate', '--home', home], { env })).toMatchObject({ signal: 'SIGKILL' });
      expect({ at, answer: await repeat(home, 'addKey', { rotate: true }) }).toEqual({ at, answer: WELL });
      expect({ at, left: leftovers(home) }).toEqual({ at, left: [] });
    }
  }, 240_000);

  it('init is finished or undone, and can be repeated', async () => {
    const home = join(temporaryDirectory(), 'home');
    const states = await killedAtEachChange(home, ['init', 'alice.test', '--home', home]);
    expect(states.length).toBeGreaterThan(10);
    for (const { point, root } of states) {
      await initInstance({ home: root, clock: systemClock }, { idTag: 'alice.test', existOk: true });
      expect({ point, answer: await repeat(root, 'listKeys', {}) }).toEqual({ point, answer: WELL });
      expect({ point, left: leftovers(root) }).toEqual({ point, left: [] });
    }
  });

  it('sandbox cert leaves no part of a file', async () => {
    const top = join(temporaryDirectory(), 'top');
    mkdirSync(top);
    const args = ['sandbox', 'cert', 'carol.test', '--dir', join(top, 'sandbox'), '--out-dir', join(top, 'out')];
    for (const { point, root } of await killedAtEachChange(top, args)) {
      const outDir = join(root, 'out');
      const input = { idTag: 'carol.test', outDir };
      const { cert, key } = await issueFor(sandboxPaths(join(root, 'sandbox')), input, new Date());
      expect({ point, modes: [cert, key].map((path) => statSync(path).mode & 0o777) }).toEqual({
        point,
        modes: [0o644, 0o600],
      });
      expect({ point, left: leftovers(outDir) }).toEqual({ point, left: [] });
    }
  });

  it('keygen --out leaves no part of a key', async () => {
    const top = join(temporaryDirectory(), 'top');
    mkdirSync(top);
    for (const { point, root } of await killedAtEachChange(top, ['keygen', '--out', join(top, 'alice.pem')])) {
      const path = join(root, 'alice.pem');
      if (existsSync(path))
        expect({ point, text: readFileSync(path, 'utf8') }).toMatchObject({
          text: expect.stringContaining('END PRIVATE KEY'),
        });
      await writePrivateKey(path, IMPORTED).catch((error) => expect(error.code).toBe('key.exists'));
      expect({ point, left: leftovers(root) }).toEqual({ point, left: [] });
    }
  });
});
