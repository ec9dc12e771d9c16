import type { Network } from '../../federation/http/network.ts';
import type { Requester } from '../../federation/http/request.ts';
import type { KeyResolver, KnownProfiles } from '../../federation/keys/key-resolver.ts';
import type { AccessTokens } from '../../federation/peer/access-tokens.ts';
import type { PeerApi } from '../../federation/peer/api.ts';
import type { Clock } from '../../protocol/clock.ts';
import type { KeyCache } from '../../store/cache/key-cache.ts';
import type { Store } from '../../store/engine/store.ts';
import type { Identities } from '../../store/identities/identities.ts';
import type { Settings } from '../../store/settings/settings.ts';
import type { Runtime } from './runtime.ts';
import type { Signer } from './signer.ts';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';
export type Log = (level: LogLevel, message: string, fields?: Record<string, unknown>) => void;

/** What services work with. Each takes the part of it that it needs (`Pick<Deps, …>`); `src/cli/home/compose.ts` builds it. */
export interface Deps extends Runtime {
  /** Absolute path of the home directory. */
  home: string;
  settings: Settings;
  store: Store;
  identities: Identities;
  api: PeerApi;
  requester: Requester;
  accessTokens: AccessTokens;
  keyResolver: KeyResolver;
  /** Looks at peers' profiles again; shares what the resolver remembers. */
  profiles: KnownProfiles;
  /** What the resolver remembers, kept in the home. */
  keyCache: KeyCache;
  network: Network;
  signer: Signer;
  clock: Clock;
  log: Log;
}

/** Progress of a use case, for whoever watches: a spinner, `--verbose`, a test. */
export interface StageEvent {
  stage: string;
  status: 'start' | 'done' | 'failed' | 'skipped';
  /** How long the stage took, in milliseconds; not with `start`. */
  ms?: number;
  detail?: string;
}

export type Emit = (event: StageEvent) => void;
