import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contentId } from '../src/protocol/content-id.ts';
import { CloudilloError } from '../src/protocol/errors.ts';
import { deliverOne } from '../src/services/delivery/deliver.ts';
import { findDelivery } from '../src/services/delivery/delivery-report.ts';
import { listDeliveries } from '../src/services/delivery/list-deliveries.ts';
import { sweepPart } from '../src/services/files/sweep-blobs.ts';
import { failingPeers } from '../src/services/home/failing-peers.ts';
import { initInstance } from '../src/services/home/init.ts';
import { status } from '../src/services/home/status.ts';
import { createSigner } from '../src/services/keys/sign.ts';
import { findAction } from '../src/services/reading/find-action.ts';
import type { Deps } from '../src/services/runtime/deps.ts';
import { createRuntime, type Runtime } from '../src/services/runtime/runtime.ts';
import { systemClock } from '../src/services/runtime/system-clock.ts';
import { MemoryBlobs } from '../src/store/blobs/memory-blobs.ts';
import { createArrivalLog } from '../src/store/cache/arrival-log.ts';
import { diskSpaceOf } from '../src/store/disk/disk-space.ts';
import { JournalStore } from '../src/store/engine/journal-store.ts';
import { UNSHARED } from '../src/store/home/fence.ts';
import { createIdentities } from '../src/store/identities/identities.ts';
import type { PreparedAction } from '../src/store/index/action-table.ts';
import { StoreIndex } from '../src/store/index/store-index.ts';
import { START } from '../src/store/journal/journal.ts';
import { MemoryJournal } from '../src/store/journal/memory-journal.ts';
import type { JournalEvent } from '../src/store/model/events.ts';
import type { Delivery } from '../src/store/model/rows.ts';
import { resolveSettings } from '../src/store/settings/settings.ts';
import { type BenchResult, median } from './result.ts';

const TENANT = 'bob.test';
const DEAD = 'dead.test';
const SIZES = [1_000, 100_000, Number(process.env['BENCH_GROWTH_DELIVERIES'] ?? 1_000_000)];
/** Recipients of a post. */
const RECIPIENTS = 100;
const WAITING = 50;
/** Peers that never answer again: so many in the smallest home, and one more for so many deliveries in the others. */
const [FAILING, DELIVERIES_PER_FAILING] = [200, 100];
/** Blobs that a part of the sweep examines. Each home has one more for so many deliveries. */
const [PART, DELIVERIES_PER_BLOB] = [100, 10];
const ROUNDS = 15;
const CALLS = 8;
/** Memory that isn't in a cache is slower, and that's all: each question has the same answer in each home. */
const TARGET = 4;

type Home = Pick<Deps, 'home' | 'settings' | 'identities' | 'network' | 'clock' | 'signer' | 'disk' | 'arrivals'> &
  Runtime & { store: JournalStore };

/** What is measured, and what it answers: the same in each home. */
const QUESTIONS: { name: string; ask: (home: Home) => Promise<unknown> }[] = [
  { name: 'status', ask: (home) => status(home) },
  { name: 'a failed attempt', ask: failedAttempt },
  { name: 'a page', ask: (home) => listDeliveries(home, { limit: 20 }) },
  { name: 'a page of one peer', ask: (home) => listDeliveries(home, { to: DEAD, limit: 20 }) },
  { name: 'an action by the beginning of its ID', ask: (home) => findAction(home.store, TENANT, beginning) },
  {
    name: 'a delivery by the beginning of its ID',
    ask: (home) => listDeliveries(home, { actionId: beginning, limit: 20 }),
  },
  { name: 'the failing peers', ask: async (home) => failingPeers(home.store, Date.now()) },
  { name: 'a part of the sweep', ask: (home) => sweepPart(home, {}, { from: '', atLeast: PART }) },
  { name: 'a page of what was refused', ask: (home) => listDeliveries(home, { state: 'refused', limit: 20 }) },
];

/**
 * `status`, a failed attempt, pages of deliveries, look-ups by the beginning of an ID and a part of the sweep in homes that made a thousand, a hundred thousand and a million of them. The floor is
 * the same in the smallest home: the answer is as long, so that it may take no longer. In memory, because a disk's pauses would hide what
 * is measured.
 */
export async function run(): Promise<BenchResult[]> {
  const folder = await mkdtemp(join(tmpdir(), 'cloudillo-bench-'));
  try {
    const deps = await homeDeps(join(folder, 'home'));
    const homes = SIZES.map((size): Home => ({ ...deps, store: storeWith(size) }));
    const results: BenchResult[] = [];
    for (const question of QUESTIONS) results.push(...(await measure(question, homes)));
    return results;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure({ name, ask }: (typeof QUESTIONS)[number], homes: readonly Home[]): Promise<BenchResult[]> {
  const times: number[][] = homes.map(() => []);
  // The first time fills what is made when it is first asked for.
  for (let round = -1; round < ROUNDS; round += 1) {
    for (const [place, home] of homes.entries()) {
      const start = performance.now();
      for (let call = 0; call < CALLS; call += 1) await ask(home);
      if (round >= 0) times[place]?.push((performance.now() - start) / CALLS);
    }
  }
  const [floors, ...others] = times as [number[], ...number[][]];
  return others.map((values, place) => {
    const ratios = values.map((value, round) => value / (floors[round] as number));
    const ratio = median(ratios);
    return {
      name: `growth: ${name}, ${SIZES[place + 1]?.toLocaleString('en')} deliveries`,
      value: median(values),
      unit: 'ms',
      floor: median(floors),
      ratio,
      spread: [Math.min(...ratios), Math.max(...ratios)],
      target: TARGET,
      ok: ratio <= TARGET,
    };
  });
}

/** The peer is down: what becomes of the delivery, and of the others for the same peer. */
async function failedAttempt(home: Home): Promise<unknown> {
  const delivery = findDelivery(home.store, TENANT, idOf(0), DEAD) as Delivery;
  const fail = async (): Promise<never> => {
    throw new CloudilloError('network.refused', 'nobody listens', { stage: 'connect', retryable: true });
  };
  const api = { postInbox: fail } as unknown as Deps['api'];
  const report = await deliverOne({ ...home, api }, delivery, { readToken: async () => '' });
  if (report.state !== 'queued') throw new Error(`the delivery is ${report.state}`);
  return report;
}

async function homeDeps(home: string): Promise<Omit<Home, 'store'>> {
  const clock = systemClock;
  await initInstance({ home, clock }, { idTag: TENANT });
  const identities = createIdentities(home);
  const settings = resolveSettings({}, {}, {}, home).values;
  return {
    ...createRuntime(),
    home,
    settings,
    identities,
    network: { kind: 'public' },
    clock,
    signer: createSigner({ identities, clock }),
    disk: diskSpaceOf({ needed: [home] }, clock.monotonic),
    arrivals: createArrivalLog(home),
  };
}

const idOf = (post: number): string => contentId('a1', `post ${post}`);
const beginning = idOf(3).slice(0, 12);

/** Blobs without bytes: the IDs alone. None is old enough to be removed. */
class ManyBlobs extends MemoryBlobs {
  readonly #folders = new Map<string, string[]>();

  constructor(count: number) {
    super();
    const all = Array.from({ length: count }, (_, n) => contentId('b1', `blob ${n}`)).sort();
    for (const id of all) {
      const folder = this.#folders.get(id.slice(3, 5));
      if (folder) folder.push(id);
      else this.#folders.set(id.slice(3, 5), [id]);
    }
  }

  override async *ids(from = ''): AsyncIterable<string> {
    for (const [folder, ids] of this.#folders) if (folder >= from) yield* ids;
  }
}

/** The post as an action of the tenant's. Its token is never read. */
function postEvent(post: number, at: number): [JournalEvent, PreparedAction] {
  const actionId = idOf(post);
  const claims = { iss: TENANT, k: '1', t: 'POST', iat: Math.floor(at / 1000), v: 'P' } as const;
  const given = { kind: 'action', tenant: TENANT, actionId, token: '', direction: 'out', receivedAt: at } as const;
  const event = { ...given, status: 'A' } as const;
  return [
    event,
    { event, claims, signing: contentId('a1', `signing ${post}`).slice(3, 35), key: null, isErased: false, bytes: 0 },
  ];
}

/**
 * Posts to a hundred peers each, all of which took them, but for the twenty that refused the first one. Earlier ones wait for a peer that
 * is down, or ended because their peers never answered. Put into the index as the journal's records would be.
 */
function storeWith(deliveries: number): JournalStore {
  const index = new StoreIndex();
  const now = Date.now();
  const apply = (events: JournalEvent[], prepared: (PreparedAction | null)[] = []): void =>
    index.apply(events, { segment: 1, offset: 0, length: 0 }, START, prepared);
  const end = { kind: 'delivery', tenant: TENANT, attempts: 1 } as const;
  const posts = deliveries / RECIPIENTS;
  for (let post = 0; post < WAITING; post += 1) {
    const at = now - 7_200_000 + post;
    apply([{ kind: 'deliveries', tenant: TENANT, actionId: idOf(post), to: [DEAD], nextAt: at, at }]);
  }
  const peers = Array.from({ length: FAILING + deliveries / DELIVERIES_PER_FAILING }, (_, n) => `gone${n}.test`);
  const gone = { code: 'network.refused', message: 'nobody listens' } as const;
  for (const to of peers) {
    const at = now - 86_400_000;
    apply([
      { ...end, actionId: idOf(0), to, state: 'queued', error: gone, nextAt: at, peerNextAt: now + 86_400_000, at },
    ]);
    apply([{ ...end, actionId: idOf(0), to, state: 'expired', error: gone, at: now - 7_200_000 }]);
  }
  for (let post = 0; post < posts; post += 1) {
    const at = now - 3_600_000 + post;
    const actionId = idOf(post);
    const [event, prepared] = postEvent(post, at);
    apply([event], [prepared]);
    const to = Array.from({ length: RECIPIENTS }, (_, n) => `p${(post * 31 + n) % 5_000}.test`);
    apply([{ kind: 'deliveries', tenant: TENANT, actionId, to, nextAt: at, at }]);
    const error = { code: 'peer.refused', message: 'no' } as const;
    const refused = { state: 'refused', error } as const;
    apply(
      to.map((peer, n) => ({
        ...end,
        actionId,
        to: peer,
        at,
        ...(post === 0 && n < 20 ? refused : { state: 'delivered' }),
      })),
    );
  }
  return new JournalStore({
    journal: new MemoryJournal(Date.now),
    fence: UNSHARED,
    index,
    blobs: new ManyBlobs(2 * PART + deliveries / DELIVERIES_PER_BLOB),
    recovery: { tornBytes: 0, damaged: [], snapshot: 'absent', replayed: 0, unread: 0 },
  });
}
