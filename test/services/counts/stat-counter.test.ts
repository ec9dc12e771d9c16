import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createStatCounter, LONGEST, QUIET } from '../../../src/services/counts/stat-counter.ts';
import { createRuntime } from '../../../src/services/runtime/runtime.ts';
import type { Signer } from '../../../src/services/runtime/signer.ts';
import { openMemoryStore } from '../../../src/store/engine/store.ts';
import { clockOf } from '../../support/clock.ts';

const step = fc.record({ pass: fc.nat(20_000), actionId: fc.constantFrom('a', 'b', 'c', null) });

it('knows the next that is due as a look at all that wait would', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      let now = 0;
      const store = openMemoryStore();
      const signer = {} as Signer;
      const counter = createStatCounter({
        ...createRuntime(),
        store,
        signer,
        clock: clockOf(() => now),
        log: () => {},
      });
      const model = new Map<string, { first: number; last: number }>();
      const dueAt = ({ first, last }: { first: number; last: number }) => Math.min(last + QUIET, first + LONGEST);
      for (const { pass, actionId } of steps) {
        now += pass;
        if (actionId === null) {
          await counter.emitDue();
          for (const [name, waiting] of [...model]) if (dueAt(waiting) <= now) model.delete(name);
        } else {
          counter.touch('alice.test', actionId);
          model.set(actionId, { first: model.get(actionId)?.first ?? now, last: now });
        }
        const times = [...model.values()].map(dueAt);
        expect(counter.nextAt()).toBe(times.length === 0 ? null : Math.min(...times));
      }
    }),
    { numRuns: 200 },
  );
});
