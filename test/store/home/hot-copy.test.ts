import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openFileStore } from '../../../src/store/engine/store.ts';
import { action, TENANT, temporaryDirectory, temporaryHome } from '../../support/store-fixtures.ts';

it('can be copied while it is written to: a copy has all that was acknowledged before, and no damage', async () => {
  const root = await temporaryHome();
  const store = await openFileStore(root);
  const acknowledged: string[] = [];
  let copied = false;
  const writer = async (number: number): Promise<void> => {
    for (let n = 0; !copied; n += 1) {
      const event = action({ c: `${number} ${n} ${'x'.repeat((n * 131) % 1500)}` });
      await store.append([event]);
      acknowledged.push(event.actionId);
    }
  };
  const writers = Promise.all(Array.from({ length: 16 }, (_, number) => writer(number)));
  const copies: { root: string; before: string[] }[] = [];
  for (let n = 0; n < 8; n += 1) {
    // However slow the disk is, there is something to be lost.
    await expect.poll(() => acknowledged.length, { interval: 1 }).toBeGreaterThan(n * 20);
    const copy = { root: join(await temporaryDirectory(), 'home'), before: [...acknowledged] };
    await mkdir(copy.root, { mode: 0o700 });
    for (const part of ['home.json', 'identities', 'journal', 'blobs'])
      await cp(join(root, part), join(copy.root, part), { recursive: true });
    copies.push(copy);
  }
  copied = true;
  await writers;
  await store.close();
  expect(copies.at(-1)?.before.length).toBeGreaterThan(100);
  for (const { root: copy, before } of copies) {
    const opened = await openFileStore(copy);
    expect(opened.recovery.damaged).toEqual([]);
    expect(before.filter((id) => opened.row(TENANT, id) === null)).toEqual([]);
    expect((await opened.check()).findings).toEqual([]);
    await opened.close();
  }
});
