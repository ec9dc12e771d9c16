import type { PauseDeps } from '../../services/auth/wrong-secret.ts';
import type { InboxDeps } from '../../services/inbox/inbox-deps.ts';
import type { Deps } from '../../services/runtime/deps.ts';
import type { Runtime } from '../../services/runtime/runtime.ts';
import type { BusLimits } from './bus-limits.ts';

/** What the app is built from. `serve` takes it from the composition root; tests make it by hand. */
export interface ServerDeps extends Runtime, Pick<Deps, 'home' | 'store' | 'identities' | 'signer' | 'clock' | 'log'> {
  inbox: InboxDeps;
  /** The way to others' inboxes for what is passed on live and kept nowhere. */
  api: Pick<Deps['api'], 'postInbox'>;
  /** Access tokens for reading elsewhere as one of our identities. */
  accessTokens: Deps['accessTokens'];
  /** Rate limits, bans and proof of work; off for load tests and CI (setting `rateLimits`). */
  rateLimits: boolean;
  /** Addresses or CIDR blocks of proxies whose `X-Forwarded-For` counts; empty: nobody's. */
  trustedProxies: string[];
  /** Largest file that is taken, in bytes (setting `files.maxBytes`). */
  maxFileBytes: () => number;
  /** Answers `/readyz`: false once the server is stopping, or when the disk refuses writes. */
  ready: () => boolean;
  /** How the wait after a wrong password passes; default: as time does. */
  pause?: PauseDeps['pause'];
  /** Other limits of the bus than its own: for tests. */
  bus?: Partial<BusLimits>;
  /** The text of the API's description, `schemas/openapi.json` of the package; without it 404. */
  openApi?: () => Promise<string>;
}
