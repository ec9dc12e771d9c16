import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FetchQueue, type Queued } from '../../../src/services/files/fetch-queue.ts';

const queued = fc.record({
  tenant: fc.constantFrom('alice.test', 'bob.test'),
  fileId: fc.constantFrom('a', 'b', 'c'),
  source: fc.constantFrom('x.test', 'y.test'),
  nextAt: fc.nat(20),
});
const step = fc.oneof(
  fc.record({ do: fc.constant('put' as const), queued }),
  fc.record({ do: fc.constant('delete' as const), pick: fc.nat(20) }),
  fc.record({ do: fc.constant('look' as const), now: fc.nat(30), busy: fc.constantFrom('', 'x.test', 'y.test') }),
);

it('says what is due as a look at everything would', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const queue = new FetchQueue();
      const model = new Map<string, Queued>();
      let now = 0;
      for (const each of steps) {
        if (each.do === 'put') {
          queue.put(each.queued);
          model.set(`${each.queued.tenant} ${each.queued.fileId}`, each.queued);
        } else if (each.do === 'delete') {
          const [key, found] = [...model][each.pick % Math.max(1, model.size)] ?? ['', null];
          if (!found) continue;
          queue.delete({ ...found });
          expect(queue.current(found)).toBe(found);
          queue.delete(found);
          model.delete(key);
        } else {
          now = Math.max(now, each.now);
          const due = [...model.values()].filter(({ nextAt, source }) => nextAt <= now && source !== each.busy);
          const next = queue.next(now, (source) => source === each.busy);
          if (due.length === 0) expect(next).toBeNull();
          else expect(due).toContain(next);
          const later = [...model.values()].filter(({ nextAt }) => nextAt > now).map(({ nextAt }) => nextAt);
          expect(queue.nextAt(now)).toBe(later.length === 0 ? null : Math.min(...later));
          for (const source of ['x.test', 'y.test']) {
            const waiting = [...model.values()].filter((one) => one.source === source && one.nextAt > now);
            expect(new Set(queue.waitingFor(source))).toEqual(new Set(waiting));
          }
        }
        expect(queue.size).toBe(model.size);
      }
    }),
    { numRuns: 500 },
  );
});

it('passes over those whose source is busy without a look at each', () => {
  const queue = new FetchQueue();
  for (let n = 0; n < 1000; n += 1) queue.put({ tenant: 'a.test', fileId: `${n}`, source: 'busy.test', nextAt: 0 });
  queue.put({ tenant: 'a.test', fileId: 'last', source: 'other.test', nextAt: 0 });
  const asked: string[] = [];
  const next = queue.next(1, (source) => {
    asked.push(source);
    return source === 'busy.test';
  });
  expect(next?.fileId).toBe('last');
  expect(asked).toEqual(['busy.test', 'other.test']);
});
