import { expect, it } from 'vitest';
import { openFileStore } from '../../../src/store/engine/store.ts';
import { childScript, startChild } from '../../support/child-process.ts';
import { TENANT, temporaryHome } from '../../support/store-fixtures.ts';

const script = childScript('store/children/append-until-killed.ts');

it('loses no acknowledged action when killed at any moment', { timeout: 120_000 }, async () => {
  const root = await temporaryHome();
  const file = await script();
  const acknowledged = new Set<string>();
  for (let round = 0; round < 12; round += 1) {
    const child = startChild(file, [root]);
    expect(await child.line()).toMatch(/^open .*"damaged":\[\]/);
    // A number of answers, then a moment: somewhere within a batch.
    for (let n = 0; n < 20 + round * 40; n += 1) acknowledged.add((await child.line()) ?? '');
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 8));
    child.process.kill('SIGKILL');
    for (const id of await child.rest()) if (/^a1~.{43}$/.test(id)) acknowledged.add(id);
    await child.exited;
  }
  const store = await openFileStore(root);
  expect(store.recovery.damaged).toEqual([]);
  const missing = [...acknowledged].filter((id) => store.row(TENANT, id) === null);
  expect(missing).toEqual([]);
  expect(acknowledged.size).toBeGreaterThan(1000);
  const report = await store.check();
  expect(report.findings).toEqual([]);
  expect(report.actions).toBeGreaterThanOrEqual(acknowledged.size);
  await store.close();
});
