/** The parts that services work with. */
import type { Network } from '../../federation/http/network.ts';
import type { Requester } from '../../federation/http/request.ts';
import type { KeyResolver, KnownProfiles } from '../../federation/keys/key-resolver.ts';
import type { AccessTokens } from '../../federation/peer/access-tokens.ts';
import type { PeerApi } from '../../federation/peer/api.ts';
import type { Clock } from '../../protocol/clock.ts';
import type { ArrivalLog } from '../../store/cache/arrival-log.ts';
import type { KeyCache } from '../../store/cache/key-cache.ts';
import type { DiskSpace } from '../../store/disk/disk-space.ts';
import type { Store } from '../../store/engine/store.ts';
import type { Identities } from '../../store/identities/identities.ts';
import type { Settings } from '../../store/settings/settings.ts';
import type { Pictures } from './pictures.ts';
import type { Runtime } from './runtime.ts';
import type { Signer } from './signer.ts';

/** The level of a log line. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';
/** Writes a log line. Secrets never go into `fields`. */
export type Log = (level: LogLevel, message: string, fields?: Record<string, unknown>) => void;

/**
 * The parts that services work with. Each service takes those that it needs (`Pick<Deps, …>`). `src/cli/home/compose.ts` builds
 * them.
 */
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
  /** Refreshes profiles of peers. It shares its cache with the key resolver. */
  profiles: KnownProfiles;
  /** The cache of the key resolver, kept in the home. */
  keyCache: KeyCache;
  /** The notes of what came to the inbox. */
  arrivals: ArrivalLog;
  network: Network;
  /** The room on the disk of the home, and whether it takes writes. */
  disk: DiskSpace;
  signer: Signer;
  /** Makes the variants of images. */
  pictures: Pictures;
  clock: Clock;
  log: Log;
}

/** The progress of a use case, for a spinner, `--verbose` or a test. */
export interface StageEvent {
  stage: string;
  status: 'start' | 'done' | 'failed' | 'skipped';
  /** How long the stage took, in milliseconds. Absent at its start. */
  ms?: number;
  detail?: string;
}

/** Receives the progress of a use case. */
export type Emit = (event: StageEvent) => void;
