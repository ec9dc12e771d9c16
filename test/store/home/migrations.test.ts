import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openFileStore } from '../../../src/store/engine/store.ts';
import { openHomeDir } from '../../../src/store/home/home.ts';
import { migrateHome } from '../../../src/store/home/migrate-home.ts';
import { MIGRATIONS, type Migration } from '../../../src/store/home/migrations.ts';
import { codeOf, temporaryHome } from '../../support/store-fixtures.ts';

const now = () => Date.parse('2026-03-04T05:06:07Z');

/** Each step writes its name behind the others. */
function step(name: string): Migration {
  return {
    name,
    run: async ({ cache }) => {
      const path = join(cache, 'steps');
      const before = await readFile(path, 'utf8').catch(() => '');
      await writeFile(path, `${before}${name} `);
    },
  };
}

/** A home of the first version. */
async function oldHome(): Promise<string> {
  const root = await temporaryHome();
  const { createdAt } = JSON.parse(await readFile(join(root, 'home.json'), 'utf8'));
  await writeFile(join(root, 'home.json'), JSON.stringify({ schema: 1, createdAt }));
  return root;
}

const markerOf = async (root: string) => JSON.parse(await readFile(join(root, 'home.json'), 'utf8'));
const stepsOf = (root: string) => readFile(join(root, 'cache', 'steps'), 'utf8');

it('runs the steps that a home lacks, in order and once, and keeps account of them', async () => {
  const root = await oldHome();
  const { createdAt } = await markerOf(root);
  const steps = [step('one'), step('two')];
  expect(await migrateHome(root, now, steps)).toEqual(['one', 'two']);
  expect(await stepsOf(root)).toBe('one two ');
  expect(await markerOf(root)).toEqual({
    schema: 3,
    createdAt,
    migrated: [
      { to: 2, name: 'one', at: '2026-03-04T05:06:07.000Z' },
      { to: 3, name: 'two', at: '2026-03-04T05:06:07.000Z' },
    ],
  });
  expect(await migrateHome(root, now, steps)).toEqual([]);
  expect(await migrateHome(root, now, [...steps, step('three')])).toEqual(['three']);
  expect(await stepsOf(root)).toBe('one two three ');
  expect((await markerOf(root)).migrated).toHaveLength(3);
});

it('goes on with the step that failed, and does none twice that was done', async () => {
  const root = await oldHome();
  let isBroken = true;
  const broken: Migration = {
    name: 'broken',
    run: async (home) => {
      if (isBroken) throw new Error('no power');
      await step('mended').run(home);
    },
  };
  const steps = [step('one'), broken, step('three')];
  await expect(migrateHome(root, now, steps)).rejects.toThrow('no power');
  expect((await markerOf(root)).schema).toBe(2);
  isBroken = false;
  expect(await migrateHome(root, now, steps)).toEqual(['broken', 'three']);
  expect(await stepsOf(root)).toBe('one mended three ');
});

it('is part of opening the store, and what has a later version is refused from then on', async () => {
  const root = await oldHome();
  const told: unknown[] = [];
  const log = (_level: string, message: string, fields: unknown) => void told.push([message, fields]);
  await (await openFileStore(root, { migrations: [step('one'), step('two')], log })).close();
  expect(told).toEqual([['The home was brought to this version', { migrated: ['one', 'two'] }]]);
  expect(await stepsOf(root)).toBe('one two ');
  expect(await codeOf(openFileStore(root))).toBe('home.newer');
  expect(await codeOf(openHomeDir(root))).toBe('home.newer');
  await (await openFileStore(root, { migrations: [step('one'), step('two')] })).close();
  expect(await stepsOf(root)).toBe('one two ');
});

it('takes a home without a version for one of the first', async () => {
  const root = await temporaryHome();
  await writeFile(join(root, 'home.json'), '{"createdAt":"2026-01-01T00:00:00.000Z"}');
  expect(await openHomeDir(root)).toMatchObject({ schema: 1 });
  expect(await migrateHome(root, now, [step('one')])).toEqual(['one']);
});

it('changes nothing in a home that needs no step', async () => {
  const root = await temporaryHome();
  const before = await readFile(join(root, 'home.json'), 'utf8');
  await mkdir(join(root, 'cache'), { recursive: true });
  expect(await migrateHome(root, now)).toEqual([]);
  expect(await readFile(join(root, 'home.json'), 'utf8')).toBe(before);
  expect(JSON.parse(before).schema).toBe(1 + MIGRATIONS.length);
});

it('brings a home of the first version to one whose journal may be compacted', async () => {
  const root = await oldHome();
  await (await openFileStore(root, { now })).close();
  expect(await markerOf(root)).toMatchObject({ schema: 2, migrated: [{ to: 2, name: 'journals may be compacted' }] });
});
