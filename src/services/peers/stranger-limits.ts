/** Limits what issuers store that the tenant neither follows nor is connected with (specification: Strangers). */
import { CloudilloError } from '../../protocol/errors.ts';
import type { StrangerUse } from '../../store/model/rows.ts';
import type { Store } from '../../store/model/store-interface.ts';
import type { Settings } from '../../store/settings/setting-definitions.ts';
import type { Deps } from '../runtime/deps.ts';

/** The parts that the limits need. */
export interface StrangerDeps extends Pick<Deps, 'store' | 'clock' | 'disk'> {
  /** The owner's settings, read for each action because they change while the server runs. */
  limits: () => Settings['limits'];
}

/** Something that is about to be stored. */
export interface Coming {
  tenant: string;
  /** null: nobody has proved to be the issuer. */
  issuer: string | null;
  bytes: number;
}

/** A small disk keeps at most this share free. */
const SHARE = 0.1;
const DAY = 86_400_000;

/** Whether the tenant neither follows the issuer nor is connected with it. */
export function isStranger(store: Pick<Store, 'relation'>, tenant: string, issuer: string): boolean {
  const { following, connected } = store.relation(tenant, issuer);
  return issuer !== tenant && !following && !connected;
}

/**
 * Checks that the disk has room for a stranger's action, and the day, too. Call it where nothing else is stored for the issuer
 * at the same time.
 * @throws CloudilloError `store.low` (503), `rate.quota` (429), with `retryAfter`
 */
export async function assertStrangerMayStore(deps: StrangerDeps, { issuer, bytes }: Coming): Promise<void> {
  await assertRoom(deps);
  const { store, clock, limits } = deps;
  const now = clock.wall();
  const { issuerActions, issuerBytes, strangerActions, strangerBytes } = limits();
  const all = store.strangerUse(null, now);
  if (isOver(all, bytes, { actions: strangerActions, bytes: strangerBytes })) {
    throw usedUp('Strangers have stored as much here as they may in a day', now);
  }
  if (issuer === null) return;
  if (isOver(store.strangerUse(issuer, now), bytes, { actions: issuerActions, bytes: issuerBytes })) {
    throw usedUp(`${issuer} has stored as much here as a stranger may in a day`, now);
  }
}

/** The bytes that a stranger may still store today. */
export function bytesLeft({ store, clock, limits }: StrangerDeps, issuer: string): number {
  const now = clock.wall();
  const { issuerBytes, strangerBytes } = limits();
  const left = [strangerBytes - store.strangerUse(null, now).bytes, issuerBytes - store.strangerUse(issuer, now).bytes];
  return Math.max(0, Math.min(...left));
}

function isOver(use: StrangerUse, bytes: number, limit: StrangerUse): boolean {
  return use.actions + 1 > limit.actions || use.bytes + bytes > limit.bytes;
}

/** Whether a disk has so little room that strangers are refused. */
export function isTight({ free, total }: { free: number; total: number }, minFree: number): boolean {
  return free < Math.min(minFree, total * SHARE);
}

async function assertRoom({ disk, limits }: StrangerDeps): Promise<void> {
  const { minFree } = limits();
  const tight = (await disk.rooms()).find((one) => isTight(one, minFree));
  if (!tight) return;
  throw new CloudilloError('store.low', 'The disk of this server is nearly full: strangers have to wait', {
    stage: 'store',
    check: 'quota',
    retryAfter: 600,
    hint: `Make room on the disk that is mounted at ${tight.mount}, or lower the setting limits.minFree.`,
    details: { path: tight.paths[0], mount: tight.mount },
  });
}

function usedUp(message: string, now: number): CloudilloError {
  return new CloudilloError('rate.quota', message, {
    stage: 'permission',
    check: 'quota',
    // The day is the UTC day of the wall clock.
    retryAfter: Math.ceil((DAY - (now % DAY)) / 1000),
  });
}
