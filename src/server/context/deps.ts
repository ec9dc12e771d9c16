/** The parts that the HTTP app is built from. */
import type { Observer } from '../../protocol/observer.ts';
import type { PauseDeps } from '../../services/auth/wrong-secret.ts';
import type { InboxDeps } from '../../services/inbox/inbox-deps.ts';
import type { Deps } from '../../services/runtime/deps.ts';
import type { Runtime } from '../../services/runtime/runtime.ts';
import type { BusLimits } from './bus-limits.ts';

/** The parts of the app. `serve` takes them from the composition root, tests make them by hand. */
export interface ServerDeps
  extends Runtime,
    Pick<Deps, 'home' | 'store' | 'identities' | 'signer' | 'pictures' | 'clock' | 'log' | 'disk'> {
  inbox: InboxDeps;
  /** Gets the spans of requests. Default: the observer of the home. */
  requestObserver?: Observer;
  /** Sends ephemeral actions to the inboxes of peers. */
  api: Pick<Deps['api'], 'postInbox'>;
  /** Fetches the profiles of peers. */
  profiles: Pick<Deps['profiles'], 'refresh'>;
  /** Access tokens for reading on other instances as a tenant. */
  accessTokens: Deps['accessTokens'];
  /** Whether rate limits, bans and proof of work are on (setting `rateLimits`). Load tests and CI turn them off. */
  rateLimits: boolean;
  /** Addresses or CIDR blocks of proxies whose `X-Forwarded-For` is believed; empty: of none. */
  trustedProxies: string[];
  /** The largest file that is accepted, in bytes (setting `files.maxBytes`). */
  maxFileBytes: () => number;
  /** Whether `/readyz` asks the disk: false once the server is stopping, or when the store takes no writes any longer. */
  ready: () => boolean;
  /** Waits after a wrong password; default: by the clock. */
  pause?: PauseDeps['pause'];
  /** Limits of the bus that differ from the defaults, for tests. */
  bus?: Partial<BusLimits>;
  /** The text of the API's description, `schemas/openapi.json` of the package. Without it the route answers 404. */
  openApi?: () => Promise<string>;
}
