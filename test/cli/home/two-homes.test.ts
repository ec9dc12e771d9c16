import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type ComposedDeps, openDeps } from '../../../src/cli/home/compose.ts';
import { createAction } from '../../../src/services/actions/create-action.ts';
import { initInstance } from '../../../src/services/home/init.ts';
import { status } from '../../../src/services/home/status.ts';
import { createInbox } from '../../../src/services/inbox/create-inbox.ts';
import { setTreatment } from '../../../src/services/peers/treatment.ts';
import { withLock } from '../../../src/services/runtime/locks.ts';
import { systemClock } from '../../../src/services/runtime/system-clock.ts';
import { UNSHARED } from '../../../src/store/home/fence.ts';
import { resolveSettings } from '../../../src/store/settings/settings.ts';
import { temporaryDirectory } from '../../support/run-cli.ts';

/** The same name in both: whatever is kept by name alone would be shared. */
const TENANT = 'alice.test';

async function openHome(): Promise<ComposedDeps> {
  const home = join(temporaryDirectory(), 'home');
  await initInstance({ home, clock: systemClock }, { idTag: TENANT });
  const deps = await openDeps(
    home,
    { fence: UNSHARED, readOnly: null },
    resolveSettings({}, {}, {}, home).values,
    () => {},
  );
  onTestFinished(() => deps.close());
  return deps;
}

it('two homes in one process share nothing', async () => {
  const [one, other] = [await openHome(), await openHome()];

  // Nothing that is made for a home is the other's. The clock is the machine's, the network the public one, and nobody observes.
  const shared = Object.keys(one).filter((name) => {
    const value = one[name as keyof ComposedDeps];
    return typeof value === 'object' && value === other[name as keyof ComposedDeps];
  });
  expect(shared.sort()).toEqual(['clock', 'network', 'observer']);

  // What is said, told and queued in one is not heard of in the other.
  const heard: string[] = [];
  one.live.on((event) => heard.push(`one ${event.kind}`));
  other.live.on((event) => heard.push(`other ${event.kind}`));
  one.deliveryQueued.on(() => heard.push('one woken'));
  other.deliveryQueued.on(() => heard.push('other woken'));
  one.tokenParked.on(() => heard.push('one parked'));
  other.tokenParked.on(() => heard.push('other parked'));
  const { actionId } = await createAction(one, TENANT, { type: 'POST', subType: 'TEXT', content: 'hello' });
  one.tokenParked.wake();
  expect(heard).toEqual(['one action', 'one woken', 'one parked']);
  expect(one.store.row(TENANT, actionId)).not.toBeNull();
  expect(other.store.row(TENANT, actionId)).toBeNull();

  // A lock that is held in one is free in the other.
  await withLock(one, { kind: 'relation', tenant: TENANT, peer: 'bob.test' }, async () => {
    await setTreatment(other, { peer: 'bob.test', blocked: true });
  });
  expect(one.store.treatment(TENANT, 'bob.test').blocked).toBe(false);
  expect(other.store.treatment(TENANT, 'bob.test').blocked).toBe(true);

  // The server of one is not the other's.
  one.server.facts = { pid: process.pid, url: 'https://127.0.0.1:8443', startedAt: one.clock.wall() };
  expect((await status(one)).server).not.toBeNull();
  expect((await status(other)).server).toBeNull();

  // The same token in work in one is taken in by the other by itself.
  const [inbox, otherInbox] = [createInbox(one), createInbox(other)];
  const work: string[] = [];
  await Promise.all([
    inbox.inWork('token', async () => void work.push('one') as never),
    otherInbox.inWork('token', async () => void work.push('other') as never),
  ]);
  expect(work.sort()).toEqual(['one', 'other']);

  // One goes on when the other is closed.
  await one.close();
  await createAction(other, TENANT, { type: 'POST', subType: 'TEXT', content: 'still here' });
});
