import type { AccessTokens } from '../federation/access-tokens.ts';
import type { PeerApi } from '../federation/api.ts';
import type { KeyResolver, KnownProfiles } from '../federation/key-resolver.ts';
import type { Network } from '../federation/network.ts';
import type { Requester } from '../federation/request.ts';
import type { Identities } from '../store/identities.ts';
import type { KeyCache } from '../store/key-cache.ts';
import type { Settings } from '../store/settings.ts';
import type { Store } from '../store/store.ts';
import type { Signer } from './signer.ts';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';
export type Log = (level: LogLevel, message: string, fields?: Record<string, unknown>) => void;

/** What services work with. Each takes the part of it that it needs (`Pick<Deps, …>`); `src/cli/compose.ts` builds it. */
export interface Deps {
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
  /** Unix milliseconds. */
  clock: () => number;
  log: Log;
}

/** Progress of a use case, for whoever watches: a spinner, `--verbose`, a test. */
export interface StageEvent {
  stage: string;
  status: 'start' | 'done' | 'failed';
  /** How long the stage took, in milliseconds; with `done` and `failed`. */
  ms?: number;
  detail?: string;
}

export type Emit = (event: StageEvent) => void;
