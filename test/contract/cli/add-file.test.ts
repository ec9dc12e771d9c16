import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { blobId, fileId } from '../../../src/protocol/content-id.ts';
import { initInstance } from '../../../src/services/init.ts';
import { runCli, temporaryDirectory } from '../../support/run-cli.ts';
import { schemaProblems } from '../../support/schemas.ts';

const directory = temporaryDirectory();
const home = join(directory, 'home');
const hello = join(directory, 'hello.txt');
const add = (...args: string[]) => runCli(['add-file', ...args, '--home', home]);

beforeAll(async () => {
  await initInstance({ home, clock: Date.now }, { idTag: 'alice.test' });
  writeFileSync(hello, 'Hello, file\n');
});

describe('add-file', () => {
  it('keeps the bytes under the hash of their descriptor, as the network does', async () => {
    const { code, json } = await add(hello, '--content-type', 'text/plain', '--json');
    expect(code).toBe(0);
    expect(schemaProblems('add-file', json)).toEqual([]);
    const descriptor = `d2,orig:${blobId(Buffer.from('Hello, file\n'))}:f=bin:s=12:r=0x0`;
    const facts = { idTag: 'alice.test', fileName: 'hello.txt', contentType: 'text/plain', size: 12 };
    expect(json).toEqual({ ...facts, descriptor, fileId: fileId(descriptor) });
  });

  it('prints the ID alone on stdout, the same for the same bytes', async () => {
    const [first, again] = [await add(hello), await add(hello, '--name', 'other.txt')];
    expect(first.stdout).toMatch(/^f1~[\w-]{43}\n$/);
    expect(again.stdout).toBe(first.stdout);
    expect((await runCli(['store', 'check', '--home', home])).code).toBe(0);
  });

  it.each([
    ['a file that is not there', [join(directory, 'nothing')], 2, 'usage.file'],
    ['a directory', [directory], 2, 'usage.file'],
    ['what is no media type', [hello, '--content-type', 'text\r\nX: y'], 2, 'usage.content-type'],
    ['an identity of somebody else', [hello, '--as', 'bob.test'], 8, 'home.identity-missing'],
  ])('refuses %s', async (_what, args, code, error) => {
    expect(await add(...args, '--json')).toMatchObject({ code, json: { error: { code: error } } });
  });
});
