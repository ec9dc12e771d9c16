import { createGate } from '../../federation/limits/concurrency-gate.ts';
import { createSingleFlight } from '../../federation/limits/single-flight.ts';
import type { Deps } from '../runtime/deps.ts';
import type { InboxDeps } from './inbox-deps.ts';

/** Keys that are being fetched, and tokens that wait for one: each may hold its place until the request times out. */
const KEY_FETCHES = { running: 64, waiting: 1024 };

/** The inbox of a server, sized and ruled by its settings. */
export function createInbox(
  deps: Omit<InboxDeps, 'policy' | 'verification' | 'keyFetches' | 'inWork'> & Pick<Deps, 'settings'>,
): InboxDeps {
  const { store, keyResolver, signer, clock, log, settings } = deps;
  const { locks, live, deliveryQueued, tokenParked, observer } = deps;
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
    inWork: createSingleFlight(),
    policy: () => {
      // Read each time: `config set` changes them while the server runs (set-setting.ts).
      const { followers, connectionMode, autoApprove, defaultVisibility } = settings;
      return { followers, connectionMode, autoApprove, defaultVisibility };
    },
    verification: createGate({ running: settings.inbox.concurrency, waiting: settings.inbox.queue }),
    keyFetches: createGate(KEY_FETCHES),
  };
}
