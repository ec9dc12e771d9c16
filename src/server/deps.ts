import type { Deps } from '../services/deps.ts';
import type { InboxDeps } from '../services/inbox/inbox-deps.ts';

/** What the app is built from. `serve` takes it from the composition root; tests make it by hand. */
export interface ServerDeps extends Pick<Deps, 'home' | 'store' | 'identities' | 'clock' | 'log'> {
  inbox: InboxDeps;
  /** Rate limits, bans and proof of work; off for load tests and CI (setting `rateLimits`). */
  rateLimits: boolean;
  /** Addresses or CIDR blocks of proxies whose `X-Forwarded-For` counts; empty: nobody's. */
  trustedProxies: string[];
  /** Answers `/readyz`: false once the server is stopping, or when the disk refuses writes. */
  ready: () => boolean;
}
