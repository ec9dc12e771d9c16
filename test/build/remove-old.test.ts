import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { PROJECT_ROOT, temporaryDirectory } from '../support/run-cli.ts';

const { removeOld } = await import(join(PROJECT_ROOT, 'scripts/build.js'));

it('old files go wherever they are, and the directories that they leave empty', () => {
  const directory = temporaryDirectory();
  const make = (name: string, seconds: number) => {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '');
    utimesSync(path, seconds, seconds);
    return path;
  };
  const current = make('a/current.js', 1000);
  const old = ['old.js', 'a/old.js', 'b/c/old.js'].map((name) => make(name, 1000));
  const recent = make('a/recent.js', 3000);
  removeOld(directory, new Set([current]), 2_000_000);
  expect(old.filter((path) => existsSync(path))).toEqual([]);
  expect([current, recent].filter((path) => !existsSync(path))).toEqual([]);
  removeOld(directory, new Set([current]), Number.POSITIVE_INFINITY);
  expect(existsSync(recent)).toBe(false);
  expect(existsSync(join(directory, 'b'))).toBe(false);
  expect(existsSync(current)).toBe(true);
});
