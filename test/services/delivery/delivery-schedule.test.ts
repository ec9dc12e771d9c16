import { describe, expect, it } from 'vitest';
import { contentId } from '../../../src/protocol/content-id.ts';
import { DeliverySchedule } from '../../../src/services/delivery/delivery-schedule.ts';
import { openMemoryStore, type Store } from '../../../src/store/engine/store.ts';
import type { Delivery } from '../../../src/store/model/rows.ts';

const NOW = 1000;
const error = { code: 'network.refused', message: 'no' } as const;

async function queue(store: Store, tenant: string, to: string[], action = 'a post'): Promise<void> {
  const actionId = contentId('a1', `${tenant} ${action}`);
  await store.append([{ kind: 'deliveries', tenant, actionId, to, nextAt: NOW, at: NOW }]);
}

async function settle(store: Store, { tenant, actionId, to }: Delivery): Promise<void> {
  await store.append([{ kind: 'delivery', tenant, actionId, to, state: 'delivered', attempts: 1, at: NOW }]);
}

/** These can't be reached, and may be asked again now. */
async function fail(store: Store, peers: string[]): Promise<void> {
  for (const to of peers) {
    const actionId = contentId('a1', `to ${to}`);
    const failed = { tenant: 'first.test', actionId, to, state: 'queued', attempts: 1, nextAt: NOW, at: 0 } as const;
    await store.append([{ kind: 'delivery', ...failed, error }]);
  }
}

const names = (count: number, prefix = 'peer') => Array.from({ length: count }, (_, i) => `${prefix}${i}.test`);

function takeAll(schedule: DeliverySchedule, now = NOW): Delivery[] {
  const taken: Delivery[] = [];
  for (let next = schedule.take(now); next; next = schedule.take(now)) taken.push(next);
  return taken;
}

describe('the schedule', () => {
  it('gives slots to tenants evenly, whatever each has queued', async () => {
    const store = openMemoryStore();
    await queue(store, 'busy.test', names(1000));
    await queue(store, 'quiet.test', names(1));
    await queue(store, 'other.test', names(3));
    const schedule = new DeliverySchedule(store, 16);
    const first = Array.from({ length: 6 }, () => schedule.take(NOW)?.tenant);
    expect(first.slice(0, 3).sort()).toEqual(['busy.test', 'other.test', 'quiet.test']);
    expect(first.slice(3).sort()).toEqual(['busy.test', 'busy.test', 'other.test']);
  });

  it('serves one that comes late next, when others have all the slots', async () => {
    const store = openMemoryStore();
    await queue(store, 'busy.test', names(1000));
    const schedule = new DeliverySchedule(store, 16);
    const busy = Array.from({ length: 16 }, () => schedule.take(NOW) as Delivery);
    await queue(store, 'late.test', names(1));
    await settle(store, busy[0] as Delivery);
    schedule.done(busy[0] as Delivery);
    expect(schedule.take(NOW)).toMatchObject({ tenant: 'late.test' });
  });

  it('keeps the order of what one identity sends to one peer', async () => {
    const store = openMemoryStore();
    for (const action of ['first', 'second', 'third']) await queue(store, 'a.test', ['peer.test'], action);
    const schedule = new DeliverySchedule(store, 16);
    const order: string[] = [];
    for (let next = schedule.take(NOW); next; next = schedule.take(NOW)) {
      expect(schedule.take(NOW)).toBeNull();
      order.push(next.actionId);
      await settle(store, next);
      schedule.done(next);
    }
    expect(order).toEqual(['first', 'second', 'third'].map((action) => contentId('a1', `a.test ${action}`)));
  });

  it('asks one peer a bounded number of times at once, for however many identities', async () => {
    const store = openMemoryStore();
    for (const tenant of names(10, 'tenant')) await queue(store, tenant, ['peer.test', `only-${tenant}`]);
    const taken = takeAll(new DeliverySchedule(store, 64));
    expect(taken.filter(({ to }) => to === 'peer.test')).toHaveLength(4);
    expect(taken).toHaveLength(14);
  });

  it('asks a peer that fails by one request at a time, and gives all that fail a quarter of the slots', async () => {
    const store = openMemoryStore();
    await fail(store, names(100, 'dead'));
    await queue(store, 'second.test', [...names(100, 'dead'), ...names(100)]);
    const schedule = new DeliverySchedule(store, 16);
    const taken = Array.from({ length: 16 }, () => schedule.take(NOW)?.to ?? '');
    const dead = taken.filter((to) => to.startsWith('dead'));
    expect(dead).toHaveLength(4);
    expect(new Set(dead).size).toBe(4);
    expect(taken.filter((to) => to.startsWith('peer'))).toHaveLength(12);
  });

  it('takes nothing before its time', async () => {
    const store = openMemoryStore();
    await queue(store, 'a.test', names(3));
    const schedule = new DeliverySchedule(store, 16);
    expect(schedule.take(NOW - 1)).toBeNull();
    expect(takeAll(schedule)).toHaveLength(3);
    expect(schedule.taken).toBe(3);
  });

  it('ends with everything delivered exactly once', async () => {
    const store = openMemoryStore();
    const tenants = names(5, 'tenant');
    for (const [index, tenant] of tenants.entries()) {
      for (let action = 0; action <= index; action += 1) await queue(store, tenant, names(20), String(action));
    }
    const schedule = new DeliverySchedule(store, 8);
    const under: Delivery[] = [];
    let delivered = 0;
    for (;;) {
      const next = under.length < 8 ? schedule.take(NOW) : null;
      if (next) under.push(next);
      else {
        const done = under.shift();
        if (!done) break;
        await settle(store, done);
        schedule.done(done);
        delivered += 1;
      }
    }
    expect(delivered).toBe((1 + 2 + 3 + 4 + 5) * 20);
    expect(store.deliveryCounts()).toMatchObject({ queued: 0, delivered });
  });
});
