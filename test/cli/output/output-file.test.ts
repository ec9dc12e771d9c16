import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openOutputFile, saveOutput } from '../../../src/cli/output/output-file.ts';
import { codeOfAsync } from '../../support/codes.ts';
import { temporaryDirectory } from '../../support/run-cli.ts';

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

  it('refuses an existing name, a dangling link included, and replaces when told', async () => {
    const directory = temporaryDirectory();
    symlinkSync('/nonexistent', `${directory}/link`);
    expect(await codeOfAsync(openOutputFile(`${directory}/link`, { force: false }))).toBe('usage.exists');
    await saveX(`${directory}/link`);
    expect(readFileSync(`${directory}/link`, 'utf8')).toBe('x');
    expect(existsSync('/nonexistent')).toBe(false);
  });

  it('says when it can’t be written', async () => {
    const directory = temporaryDirectory();
    expect(await codeOfAsync(openOutputFile(`${directory}/no/f`, { force: false }))).toBe('store.io');
    mkdirSync(`${directory}/d`);
    expect(await codeOfAsync(saveX(`${directory}/d`))).toBe('store.io');
    expect(readdirSync(directory)).toEqual(['d']);
  });
});
