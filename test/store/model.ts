import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { actionKey } from '../../src/protocol/action-types.ts';
import type { ActionClaims } from '../../src/protocol/claims.ts';
import type { ActionEvent } from '../../src/store/model/events.ts';
import type { ActionQuery } from '../../src/store/model/rows.ts';
import { action, TENANT } from '../support/store-fixtures.ts';
import type { OpenStore } from './contract.ts';

interface Entry {
  event: ActionEvent;
  claims: ActionClaims;
  arrival: number;
  status: string;
  current: boolean;
}

/** What a store is, written down as simply as possible: a list. */
class Model {
  readonly entries: Entry[] = [];

  add(event: ActionEvent, claims: ActionClaims): void {
    const entry = { event, claims, arrival: this.entries.length, status: event.status, current: true };
    const key = actionKey(claims);
    const holder = key !== null && this.entries.find((other) => other.current && this.#same(other, claims, key));
    if (holder) {
      if (claims.iat >= holder.claims.iat) holder.current = false;
      else entry.current = false;
    }
    this.entries.push(entry);
  }

  byKey(key: string): string | null {
    const holders = this.entries.filter((entry) => entry.current && actionKey(entry.claims) === key);
    return this.sorted(holders, 'newest')[0]?.event.actionId ?? null;
  }

  list(query: Partial<ActionQuery>): Entry[] {
    const matching = this.entries.filter(
      ({ claims, status, current }) =>
        (!query.types || query.types.includes(claims.t.split(':')[0] as string)) &&
        (!query.statuses || (query.statuses as string[]).includes(status)) &&
        (query.issuer === undefined || claims.iss === query.issuer) &&
        (query.subject === undefined || claims.sub === query.subject) &&
        (query.createdAfter === undefined || claims.iat > query.createdAfter) &&
        (query.current === undefined || current === query.current),
    );
    return this.sorted(matching, query.order ?? 'newest');
  }

  sorted(entries: Entry[], order: 'newest' | 'oldest'): Entry[] {
    const sign = order === 'newest' ? -1 : 1;
    return [...entries].sort((a, b) => sign * (a.claims.iat - b.claims.iat || a.arrival - b.arrival));
  }

  #same(other: Entry, claims: ActionClaims, key: string): boolean {
    return other.claims.iss === claims.iss && actionKey(other.claims) === key;
  }
}

const person = fc.constantFrom('alice.example', 'carol.example', 'dave.example');
const claims = fc.record({
  iss: person,
  aud: person,
  t: fc.constantFrom('POST', 'FLLW', 'FLLW:DEL', 'REACT:LIKE', 'REACT:DEL', 'INVT'),
  iat: fc.integer({ min: 1, max: 12 }),
  sub: fc.constantFrom('@alice.example', `a1~${'A'.repeat(43)}`, 'plain'),
});
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const query = fc.record({
  types: optional(fc.subarray(['POST', 'FLLW', 'REACT', 'INVT', 'NOPE'])),
  statuses: optional(fc.subarray(['A', 'D', 'C'] as const)),
  issuer: optional(person),
  subject: optional(fc.constantFrom('@alice.example', `a1~${'A'.repeat(43)}`, '@unknown.example')),
  createdAfter: optional(fc.integer({ min: 0, max: 12 })),
  current: optional(fc.boolean()),
  order: fc.constantFrom('newest' as const, 'oldest' as const),
  page: fc.integer({ min: 1, max: 5 }),
});
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ add: fc.array(claims, { minLength: 1, maxLength: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ dismiss: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ query }) },
);

/** Any sequence of appends and questions gets the answers that a plain list would give. */
export function storeModel(name: string, open: OpenStore): void {
  describe(`${name}: model`, () => {
    it('answers like a list', { timeout: 120_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
          const store = await open();
          const model = new Model();
          let serial = 0;
          for (const one of steps) {
            if ('add' in one) {
              const full = one.add.map((some) => ({ k: '1', c: `${++serial}`, ...some }) as ActionClaims);
              const events = full.map((some) => action(some));
              await store.append(events);
              for (const [n, event] of events.entries()) model.add(event, full[n] as ActionClaims);
            } else if ('dismiss' in one) {
              const entry = model.entries[one.dismiss % Math.max(1, model.entries.length)];
              if (!entry) continue;
              entry.status = 'D';
              const { actionId } = entry.event;
              await store.append([{ kind: 'status', tenant: TENANT, actionId, status: 'D', at: 1 }]);
            } else await compareList(store, model, one.query);
          }
          for (const entry of model.entries) {
            const key = actionKey(entry.claims);
            if (key !== null) expect(store.byKey(TENANT, key)?.actionId).toBe(model.byKey(key));
            expect(store.row(TENANT, entry.event.actionId)).toMatchObject({
              current: entry.current,
              status: entry.status,
            });
          }
          expect((await store.check()).findings).toEqual([]);
          await store.close();
        }),
        { numRuns: 60 },
      );
    });
  });
}

type Query = Partial<ActionQuery> & { page: number };

async function compareList(
  store: Awaited<ReturnType<OpenStore>>,
  model: Model,
  { page, ...asked }: Query,
): Promise<void> {
  const expected = model.list(asked).map(({ event }) => event.actionId);
  const found: string[] = [];
  let after: ActionQuery['after'];
  for (let more = true; more; ) {
    const list = await store.list(TENANT, { ...asked, limit: page, after });
    found.push(...list.actions.map(({ actionId }) => actionId));
    after = list.next ?? undefined;
    more = list.next !== null;
  }
  expect(found).toEqual(expected);
  expect(await store.count(TENANT, asked)).toBe(expected.length);
}
