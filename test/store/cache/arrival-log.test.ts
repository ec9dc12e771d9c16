import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { type ArrivalLog, type ArrivalLogOptions, createArrivalLog } from '../../../src/store/cache/arrival-log.ts';
import { type ArrivalNote, emptyNote } from '../../../src/store/model/arrival-note.ts';
import { childScript } from '../../support/child-process.ts';
import { temporaryHome } from '../../support/store-fixtures.ts';

const script = childScript('store/children/note-and-die.ts');
const ID = `a1~${'x'.repeat(43)}`;

function note(facts: Partial<ArrivalNote> = {}): ArrivalNote {
  return emptyNote({ at: 1, outcome: 'refused', bytes: 300, tenant: 'alice.test', issuer: 'bob.test', ...facts });
}

function refused(code: string, facts: Partial<ArrivalNote> = {}): ArrivalNote {
  const why = { check: null, stage: null, blame: 'sender' as const, retryAt: null, message: '', step: null };
  return note({ bytes: null, refusal: { ...why, code: code as never }, ...facts });
}

async function opened(home: string, options: ArrivalLogOptions = {}): Promise<ArrivalLog> {
  const log = createArrivalLog(home, options);
  onTestFinished(() => log.close());
  await log.open();
  return log;
}

async function all(log: ArrivalLog): Promise<ArrivalNote[]> {
  const notes: ArrivalNote[] = [];
  for await (const each of log.newest()) notes.push(each);
  return notes;
}

async function bytesOnDisk(home: string): Promise<string> {
  const root = join(home, 'cache/arrivals');
  const names = (await readdir(root, { recursive: true })).filter((name) => name.endsWith('.log'));
  return (await Promise.all(names.map((name) => readFile(join(root, name), 'utf8')))).join('');
}

it('gives all notes back, newest first, whichever ring they are in, also to the next process', async () => {
  const home = await temporaryHome();
  const log = await opened(home);
  const notes = [
    note({ at: 10, outcome: 'accepted' }),
    note({ at: 20 }),
    refused('request.invalid', { at: 30 }),
    note({ at: 40, outcome: 'repeated' }),
    note({ at: 50, outcome: 'parked' }),
  ];
  for (const each of notes) log.note(each);
  expect(await all(log)).toEqual(notes.toReversed());
  const refusals: number[] = [];
  for await (const { at } of log.newestRefusals()) refusals.push(at);
  expect(refusals).toEqual([50, 30, 20]);
  await log.close();
  expect(await all(createArrivalLog(home))).toEqual(notes.toReversed());
});

it('has a note on disk before the call returns, so that a kill loses nothing', async () => {
  const home = await temporaryHome();
  const { signal, stderr } = spawnSync(process.execPath, [await script(), home], { encoding: 'utf8' });
  expect({ signal, stderr }).toEqual({ signal: 'SIGKILL', stderr: '' });
  expect((await all(createArrivalLog(home))).map(({ actionId }) => actionId)).toEqual([ID]);
});

it('keeps within its bounds whatever comes, and drops the oldest', async () => {
  const home = await temporaryHome();
  const log = await opened(home, { most: { refused: 300_000 } });
  log.note(note({ outcome: 'accepted', actionId: ID }));
  for (let at = 1; at <= 4_000; at += 1) {
    log.note(note({ at, issuer: 'x'.repeat(200) }));
    if (at % 200 === 0) await log.flush();
  }
  await log.flush();
  const directory = join(home, 'cache/arrivals/refused');
  const sizes = await Promise.all((await readdir(directory)).map((name) => stat(join(directory, name))));
  expect(sizes.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(600_000);
  const [newest] = await all(log);
  expect(newest).toMatchObject({ at: 4_000 });
  expect((await all(log)).at(-1)).toMatchObject({ outcome: 'accepted', actionId: ID });
});

it('drops and counts what comes faster than it writes', async () => {
  const log = await opened(await temporaryHome());
  for (let at = 1; at <= 10_000; at += 1) log.note(note({ at }));
  expect(log.dropped).toBeGreaterThan(9_000);
  await log.flush();
  log.note(note({ at: 10_001 }));
  const notes = await all(log);
  const unrecorded = notes.find(({ outcome }) => outcome === 'unrecorded');
  expect(unrecorded?.times).toBe(log.dropped);
  expect(notes.filter(({ outcome }) => outcome === 'refused').length + log.dropped).toBe(10_001);
});

it('puts together what is turned away alike: the first at once, the others as one', async () => {
  const log = await opened(await temporaryHome());
  const heard: ArrivalNote[] = [];
  log.on((each) => heard.push(each));
  for (let at = 1; at <= 500; at += 1) log.note(refused('rate.limited', { at, address: '192.0.2.1' }));
  log.note(refused('rate.limited', { at: 501, address: '192.0.2.2' }));
  log.note(refused('request.invalid', { at: 502, address: '192.0.2.1' }));
  expect(heard.map(({ at }) => at)).toEqual([1, 501, 502]);
  expect((await all(log)).map(({ at, times }) => ({ at, times }))).toEqual([
    { at: 500, times: 499 },
    { at: 502, times: 1 },
    { at: 501, times: 1 },
    { at: 1, times: 1 },
  ]);
});

it('puts together what more addresses send than it can tell apart', async () => {
  const log = await opened(await temporaryHome());
  for (let at = 1; at <= 3_000; at += 1)
    log.note(refused('rate.limited', { at, address: `10.0.${at >> 8}.${at & 255}` }));
  const notes = await all(log);
  expect(notes.length).toBeLessThan(600);
  expect(notes.reduce((sum, { times }) => sum + times, 0)).toBe(3_000);
  expect(notes.find(({ times }) => times > 1)).toMatchObject({ address: null, request: null });
});

it('follows a deletion: on disk only the ID and the outcome stay', async () => {
  const home = await temporaryHome();
  const log = await opened(home);
  log.note(note({ actionId: ID, issuer: 'secret.test', address: '192.0.2.77', request: 'req-77', type: 'POST' }));
  log.note(note({ at: 2, actionId: `a1~${'y'.repeat(43)}`, issuer: 'other.test' }));
  await log.flush();
  expect(await bytesOnDisk(home)).toContain('secret.test');
  log.forget(ID);
  await log.flush();
  const bytes = await bytesOnDisk(home);
  for (const gone of ['secret.test', '192.0.2.77', 'req-77', 'POST']) expect(bytes).not.toContain(gone);
  expect(bytes).toContain('other.test');
  expect((await all(log)).at(-1)).toMatchObject({ actionId: ID, outcome: 'refused', deleted: true, issuer: null });
  log.note(note({ at: 3 }));
  expect(await all(log)).toHaveLength(3);
});

it('catches up with deletions of which nobody told it', async () => {
  const home = await temporaryHome();
  const log = await opened(home);
  log.note(note({ actionId: ID, issuer: 'secret.test' }));
  await log.close();
  const again = await opened(home, { isDeleted: ({ actionId }) => actionId === ID });
  await again.flush();
  expect(await bytesOnDisk(home)).not.toContain('secret.test');
});

it('sets a damaged segment aside with a warning, and goes on', async () => {
  const home = await temporaryHome();
  const log = await opened(home);
  log.note(note({ at: 1 }));
  await log.close();
  const path = join(home, 'cache/arrivals/refused/000001.log');
  await writeFile(path, (await readFile(path, 'utf8')).replace('bob.test', 'eve.test'));
  const warned: string[] = [];
  const again = await opened(home, { onDamage: (message) => warned.push(message) });
  expect(warned).toEqual(['A damaged cache was set aside']);
  again.note(note({ at: 2 }));
  expect((await all(again)).map(({ at }) => at)).toEqual([2]);
});

it('reads on behind a write that was cut off', async () => {
  const home = await temporaryHome();
  const log = await opened(home);
  log.note(note({ at: 1 }));
  await log.flush();
  log.note(note({ at: 2 }));
  await log.close();
  const path = join(home, 'cache/arrivals/refused/000001.log');
  await truncate(path, (await stat(path)).size - 5);
  const again = await opened(home);
  again.note(note({ at: 3 }));
  expect((await all(again)).map(({ at }) => at)).toEqual([3, 1]);
});

it('never throws, counts what a disk refuses, and tells of it once', async () => {
  const home = await temporaryHome();
  await mkdir(join(home, 'cache'), { recursive: true });
  await writeFile(join(home, 'cache/arrivals'), 'a file in the place of the directory');
  const onError = vi.fn();
  const log = await opened(home, { onError });
  for (let at = 1; at <= 3; at += 1) {
    log.note(note({ at }));
    await log.flush();
  }
  expect(log.dropped).toBe(3);
  expect(onError).toHaveBeenCalledTimes(1);
  expect(await all(log)).toEqual([]);
});

it('gives what came after a note of a clock that was ahead first, also of another ring', async () => {
  const log = await opened(await temporaryHome());
  const now = Date.now();
  log.note(note({ at: now + 7_200_000, actionId: `${ID.slice(0, -1)}a` }));
  log.note(note({ at: now - 2000, actionId: `${ID.slice(0, -1)}b` }));
  log.note(note({ at: now - 1000, actionId: `${ID.slice(0, -1)}c`, outcome: 'accepted' }));
  expect((await all(log)).map(({ actionId }) => actionId?.at(-1))).toEqual(['c', 'b', 'a']);
});
