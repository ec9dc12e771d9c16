import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { LOCK_ORDER, type Lock, lockName } from '../../../src/services/runtime/lock-order.ts';
import { type Fence, type LockError, Locks, withLock } from '../../../src/services/runtime/locks.ts';

const TENANT = 'alice.test';
const relation: Lock = { kind: 'relation', tenant: TENANT, peer: 'bob.test' };
const conversation: Lock = { kind: 'conversation', tenant: TENANT, of: 'a1~x' };

/** Never resolves by itself: what would wait for it for ever is told by the test's time limit. */
function latch(): { opened: Promise<void>; open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

async function reasonOf(work: Promise<unknown>): Promise<LockError['reason'] | null> {
  return work.then(
    () => null,
    (error: LockError) => error.reason,
  );
}

const deps = () => ({ locks: Locks.create() });

describe('waiting', () => {
  it('runs tasks with the same lock one after the other, in the order in which they came', async () => {
    const own = deps();
    const first = latch();
    const done: string[] = [];
    const tasks = [
      withLock(own, relation, async () => {
        await first.opened;
        done.push('first');
      }),
      withLock(own, relation, async () => void done.push('second')),
      withLock(own, { ...relation, peer: 'carol.test' }, async () => void done.push('another name')),
    ];
    await tasks[2];
    expect(done).toEqual(['another name']);
    first.open();
    await Promise.all(tasks);
    expect(done).toEqual(['another name', 'first', 'second']);
  });

  it('goes on after a task that failed, whose own caller hears of it', async () => {
    const own = deps();
    const failing = withLock(own, relation, () => Promise.reject(new Error('no')));
    const next = withLock(own, relation, async () => 'next');
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('next');
  });

  it('keeps homes apart: the same name in another home is another lock', async () => {
    const held = latch();
    const waiting = withLock(deps(), relation, () => held.opened);
    expect(await withLock(deps(), relation, async () => 'at once')).toBe('at once');
    held.open();
    await waiting;
  });
});

describe('order', () => {
  it('lets a task take what stands further down', async () => {
    const inner = await withLock(deps(), relation, (own) => withLock(own, conversation, async () => 'inner'));
    expect(inner).toBe('inner');
  });

  it('refuses to take what stands further up, and the lock outside is free afterwards', async () => {
    const own = deps();
    const wrong = withLock(own, conversation, (own) => withLock(own, relation, async () => 'never'));
    expect(await reasonOf(wrong)).toBe('order');
    expect(await withLock(own, conversation, async () => 'free')).toBe('free');
  });

  it('refuses two locks of one kind: two tasks could take them crosswise', async () => {
    const other = { ...relation, peer: 'carol.test' };
    expect(await reasonOf(withLock(deps(), relation, (own) => withLock(own, other, async () => {})))).toBe('order');
  });

  it('refuses to take again what the task holds, instead of waiting for itself', async () => {
    const again = withLock(deps(), relation, (own) =>
      withLock(own, conversation, (own) => withLock(own, relation, async () => {})),
    );
    expect(await reasonOf(again)).toBe('re-entry');
  });

  it('looks at what is held only: a task that outlives its lock may begin anew', async () => {
    const own = deps();
    let outlived = own;
    await withLock(own, conversation, async (inner) => {
      outlived = inner;
    });
    expect(await withLock(outlived, relation, async () => 'anew')).toBe('anew');
  });

  it('has a place for each kind, and a name that no two locks share', () => {
    expect(new Set(LOCK_ORDER).size).toBe(LOCK_ORDER.length);
    const names = [
      relation,
      { ...relation, kind: 'attempt' } as const,
      { ...relation, kind: 'settlement', of: 'a1~x' } as const,
      conversation,
      { ...conversation, tenant: 'bob.test' },
      { kind: 'parking' } as const,
    ].map((lock: Lock) => lockName(lock));
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('the fence', () => {
  it('has a higher number for a later holder', async () => {
    const own = deps();
    const numbers: number[] = [];
    const take = (lock: Lock) => withLock(own, lock, async (_own, fence) => void numbers.push(fence.number));
    await Promise.all([take(relation), take(relation)]);
    await take(conversation);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(new Set(numbers).size).toBe(3);
  });

  it('holds as long as the task runs, and throws afterwards', async () => {
    let kept: Fence | undefined;
    await withLock(deps(), relation, async (_own, fence) => {
      kept = fence;
      fence.assertHeld();
    });
    expect(() => kept?.assertHeld()).toThrow(expect.objectContaining({ reason: 'released' }));
  });

  it('throws after a task that failed as well', async () => {
    let kept: Fence | undefined;
    const failing = withLock(deps(), relation, async (_own, fence) => {
      kept = fence;
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(() => kept?.assertHeld()).toThrow(expect.objectContaining({ reason: 'released' }));
  });
});

describe('sharing', () => {
  it('lets tasks that share a lock run at once, and one that holds it alone in between', async () => {
    const own = deps();
    const [first, alone] = [latch(), latch()];
    const done: string[] = [];
    const share = (name: string, until?: Promise<void>) =>
      withLock(
        own,
        relation,
        async () => {
          await until;
          done.push(name);
        },
        'shared',
      );
    const one = share('first', first.opened);
    await share('second');
    const exclusive = withLock(own, relation, async () => {
      done.push('alone');
      await alone.opened;
    });
    const last = share('third');
    expect(done).toEqual(['second']);
    first.open();
    await one;
    await new Promise(setImmediate);
    expect(done).toEqual(['second', 'first', 'alone']);
    alone.open();
    await Promise.all([exclusive, last]);
    expect(done).toEqual(['second', 'first', 'alone', 'third']);
  });

  it('goes on after one of them failed', async () => {
    const own = deps();
    const failing = withLock(own, relation, () => Promise.reject(new Error('no')), 'shared');
    const other = withLock(own, relation, async () => 'other', 'shared');
    const next = withLock(own, relation, async () => 'next');
    await expect(failing).rejects.toThrow('no');
    expect(await Promise.all([other, next])).toEqual(['other', 'next']);
  });

  it('keeps nothing of a task that is over while others go on sharing', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const own = deps();
    const held = latch();
    const holder = withLock(own, relation, () => held.opened, 'shared');
    const result = new WeakRef(await withLock(own, relation, async () => ({ large: true }), 'shared'));
    await withLock(own, relation, async () => 'later', 'shared');
    await new Promise(setImmediate);
    collectGarbage();
    expect(result.deref()).toBeUndefined();
    held.open();
    await holder;
  });

  it('refuses to be taken twice by one task, shared or not', async () => {
    const inner = deps();
    const twice = withLock(inner, relation, (held) => withLock(held, relation, async () => 'twice', 'shared'));
    expect(await reasonOf(twice)).toBe('re-entry');
  });
});
