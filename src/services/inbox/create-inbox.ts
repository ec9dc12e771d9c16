/** Makes the inbox of a server. */
import { createGate } from '../../federation/limits/concurrency-gate.ts';
import { createSingleFlight } from '../../federation/limits/single-flight.ts';
import type { Deps } from '../runtime/deps.ts';
import type { InboxDeps } from './inbox-deps.ts';
import { createParkingPlaces } from './parking-places.ts';

/** Key fetches that run, and tokens that wait for one. Each may take until its request times out. */
const KEY_FETCHES = { running: 64, waiting: 1024 };

/** Makes an inbox with the limits and the policy of the settings. */
export function createInbox(
  deps: Omit<InboxDeps, 'policy' | 'limits' | 'verification' | 'keyFetches' | 'places' | 'inWork'> &
    Pick<Deps, 'settings'>,
): InboxDeps {
  const { store, keyResolver, signer, clock, log, settings } = deps;
  const { locks, live, deliveryQueued, tokenParked, observer, disk, arrivals } = deps;
  return {
    store,
    keyResolver,
    signer,
    clock,
    log,
    locks,
    live,
    deliveryQueued,
    tokenParked,
    observer,
    disk,
    arrivals,
    limits: () => settings.limits,
    inWork: createSingleFlight(),
    places: createParkingPlaces(),
    policy: () => {
      // The settings are read each time, because `config set` changes them while the server runs (set-setting.ts).
      const { followers, connectionMode, autoApprove, defaultVisibility } = settings;
      return { followers, connectionMode, autoApprove, defaultVisibility };
    },
    verification: createGate({ running: settings.inbox.concurrency, waiting: settings.inbox.queue }),
    keyFetches: createGate(KEY_FETCHES),
  };
}
