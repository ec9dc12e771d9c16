import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { temporaryPath, writeDurably } from '../../../src/store/disk/durable-file.ts';
import { sweepTemporary } from '../../../src/store/disk/sweep-temporary.ts';
import { temporaryDirectory } from '../../support/run-cli.ts';

/** Names of files, up to the longest that there is: 255 bytes. */
const name = fc
  .array(fc.constantFrom('a', 'é', '漢', '😀', '.', '-'), { minLength: 1, maxLength: 255 })
  .map((letters) => `n${letters.join('')}`)
  .filter((text) => Buffer.byteLength(text) <= 255);

describe('the name of a temporary file', () => {
  it('fits beside every name, and is found again when its process was killed', async () => {
    const longest = ['n'.repeat(255), `n${'漢'.repeat(84)}`, `n${'😀'.repeat(63)}`];
    const property = fc.asyncProperty(name, async (file) => {
      const directory = temporaryDirectory();
      const path = `${directory}/${file}`;
      await writeDurably(path, 'x');
      expect(readFileSync(path, 'utf8')).toBe('x');
      writeFileSync(temporaryPath(path), 'left behind');
      await sweepTemporary(directory, { names: [file], shared: true });
      expect(readdirSync(directory)).toEqual([file]);
    });
    await fc.assert(property, { numRuns: 50, examples: longest.map((text) => [text]) });
  });
});
