import { execFile, execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { openOutputFile, saveOutput } from '../../../src/cli/output/output-file.ts';
import { childScript, startChild } from '../../support/child-process.ts';
import { codeOfAsync } from '../../support/codes.ts';
import { temporaryDirectory } from '../../support/run-cli.ts';

const writeHalf = childScript('cli/output/children/write-half.ts');

function saveX(path: string): Promise<string> {
  return saveOutput(
    path,
    { force: true },
    async () => 'x',
    (text) => text,
  );
}

describe('an output file', () => {
  it('is there only when it is complete', async () => {
    const directory = temporaryDirectory();
    const file = await openOutputFile(`${directory}/f`, { force: false });
    await file.write(Buffer.from('one '));
    await file.write(Buffer.from('two'));
    expect(existsSync(`${directory}/f`)).toBe(false);
    await file.commit();
    expect(readFileSync(`${directory}/f`, 'utf8')).toBe('one two');
    expect(readdirSync(directory)).toEqual(['f']);
  });

  it('is no directory, and no empty name', async () => {
    const directory = temporaryDirectory();
    mkdirSync(`${directory}/d`);
    symlinkSync('d', `${directory}/link`);
    for (const path of ['', `${directory}/d`, `${directory}/link`, `${directory}/new/`]) {
      for (const force of [false, true]) {
        expect(await codeOfAsync(openOutputFile(path, { force }))).toBe('usage.out');
      }
    }
    expect(readdirSync(directory)).toEqual(['d', 'link']);
  });

  it('leaves nothing behind when it is discarded', async () => {
    const directory = temporaryDirectory();
    const file = await openOutputFile(`${directory}/f`, { force: false });
    await file.write(Buffer.from('half'));
    await file.discard();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('never replaces one that came meanwhile', async () => {
    const directory = temporaryDirectory();
    const file = await openOutputFile(`${directory}/f`, { force: false });
    writeFileSync(`${directory}/f`, 'theirs');
    expect(await codeOfAsync(file.commit())).toBe('usage.exists');
    expect(readFileSync(`${directory}/f`, 'utf8')).toBe('theirs');
    expect(readdirSync(directory)).toEqual(['f']);
  });

  it('takes away what a killed command left of the same file, and nothing else', async () => {
    const directory = temporaryDirectory();
    const writer = startChild(await writeHalf(), [`${directory}/f`]);
    expect(await writer.line()).toBe('half');
    const [left] = readdirSync(directory) as [string];
    const others = [
      `.f.${process.ppid}.aaaaaaaaaaaa.tmp`,
      '.f.mine.tmp',
      left.replace('.f.', '.g.'),
      left.replace('.tmp', '.txt'),
    ];
    for (const name of others) writeFileSync(`${directory}/${name}`, 'theirs');
    // While its writer runs it stays.
    await saveOutput(
      `${directory}/f`,
      { force: true },
      async () => 'x',
      (text) => text,
    );
    expect(readdirSync(directory).sort()).toEqual([left, ...others, 'f'].sort());
    writer.process.kill('SIGKILL');
    await writer.exited;
    expect(readdirSync(directory)).toContain(left);
    await saveOutput(
      `${directory}/f`,
      { force: true },
      async () => 'y',
      (text) => text,
    );
    expect(readdirSync(directory).sort()).toEqual([...others, 'f'].sort());
    expect(readFileSync(`${directory}/f`, 'utf8')).toBe('y');
  });

  it('refuses an existing name, a dangling link included, and replaces what it leads to when told', async () => {
    const directory = temporaryDirectory();
    mkdirSync(`${directory}/there`);
    symlinkSync('there/file', `${directory}/second`);
    symlinkSync('second', `${directory}/link`);
    for (const there of [false, true]) {
      expect(await codeOfAsync(openOutputFile(`${directory}/link`, { force: false })), String(there)).toBe(
        'usage.exists',
      );
      await saveX(`${directory}/link`);
      expect(readFileSync(`${directory}/there/file`, 'utf8'), String(there)).toBe('x');
    }
    expect(lstatSync(`${directory}/link`).isSymbolicLink()).toBe(true);
    expect(readdirSync(directory).sort()).toEqual(['link', 'second', 'there']);
    expect(readdirSync(`${directory}/there`)).toEqual(['file']);
  });

  it('says that links lead nowhere, that a name is too long, and what else there is', async () => {
    const directory = temporaryDirectory();
    symlinkSync('b', `${directory}/a`);
    symlinkSync('a', `${directory}/b`);
    const failing = ['a', 'n'.repeat(256), 'no/f', 'plain/f'];
    writeFileSync(`${directory}/plain`, '');
    const hints = await Promise.all(
      failing.map((name) =>
        openOutputFile(`${directory}/${name}`, { force: true }).catch(({ code, hint }) => {
          expect(code).toBe('store.io');
          return hint;
        }),
      ),
    );
    // Each says what is to be done about it.
    expect(new Set(hints).size).toBe(failing.length);
    expect(hints.every((hint) => typeof hint === 'string')).toBe(true);
  });

  it('may have the longest name there is', async () => {
    const path = `${temporaryDirectory()}/${'n'.repeat(255)}`;
    await saveX(path);
    expect(readFileSync(path, 'utf8')).toBe('x');
  });

  it.each([true, false])('never replaces a device or a FIFO (--force: %s)', async (force) => {
    const directory = temporaryDirectory();
    execFileSync('mkfifo', [`${directory}/fifo`]);
    symlinkSync('/dev/null', `${directory}/null`);
    symlinkSync('/dev/full', `${directory}/full`);
    const reader = promisify(execFile)('cat', [`${directory}/fifo`]);
    for (const name of ['fifo', 'null']) {
      await saveOutput(`${directory}/${name}`, { force }, async () => 'x', String);
    }
    expect((await reader).stdout).toBe('x');
    expect(lstatSync(`${directory}/fifo`).isFIFO()).toBe(true);
    expect(statSync(`${directory}/null`).isCharacterDevice()).toBe(true);
    expect(await codeOfAsync(saveOutput(`${directory}/full`, { force }, async () => 'x', String))).toBe('store.full');
    expect(readdirSync(directory).sort()).toEqual(['fifo', 'full', 'null']);
  });

  it('appends to an open descriptor, whatever is behind it', async () => {
    const directory = temporaryDirectory();
    writeFileSync(`${directory}/log`, 'before ');
    const descriptor = openSync(`${directory}/log`, 'a');
    symlinkSync(`/dev/fd/${descriptor}`, `${directory}/out`);
    await saveX(`${directory}/out`);
    closeSync(descriptor);
    expect(readFileSync(`${directory}/log`, 'utf8')).toBe('before x');
  });

  it('says when it can’t be written', async () => {
    const directory = temporaryDirectory();
    expect(await codeOfAsync(openOutputFile(`${directory}/no/f`, { force: false }))).toBe('store.io');
    mkdirSync(`${directory}/d`);
    expect(await codeOfAsync(saveX(`${directory}/d`))).toBe('usage.out');
    expect(readdirSync(directory)).toEqual(['d']);
  });
});
