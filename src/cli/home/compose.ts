/** The composition root: builds everything that services work with. */
import { join } from 'node:path';
import { createRequester, type Requester } from '../../federation/http/request.ts';
import { createKeyResolver } from '../../federation/keys/key-resolver.ts';
import { observedKeys } from '../../federation/keys/observed-keys.ts';
import { createAccessTokens } from '../../federation/peer/access-tokens.ts';
import { createPeerApi } from '../../federation/peer/api.ts';
import { errorToObject } from '../../protocol/errors.ts';
import type { KeyChange } from '../../protocol/key-history.ts';
import { NOBODY, type Observer } from '../../protocol/observer.ts';
import { createPictures } from '../../services/files/picture-maker.ts';
import { createSigner } from '../../services/keys/sign.ts';
import type { Deps, Log } from '../../services/runtime/deps.ts';
import { createRuntime } from '../../services/runtime/runtime.ts';
import { systemClock } from '../../services/runtime/system-clock.ts';
import { type ArrivalLog, createArrivalLog } from '../../store/cache/arrival-log.ts';
import { type KeyCache, openKeyCache, openReadOnlyKeyCache } from '../../store/cache/key-cache.ts';
import { diskSpaceOf } from '../../store/disk/disk-space.ts';
import { openFileStore, type Store } from '../../store/engine/store.ts';
import type { HomeHold } from '../../store/home/hold.ts';
import { probedDirectories } from '../../store/home/home.ts';
import { createIdentities } from '../../store/identities/identities.ts';
import type { Settings } from '../../store/settings/settings.ts';
import { keyPassphrase } from '../input/key-passphrase.ts';
import { packageRoot } from '../process/package-root.ts';
import { loadNetwork } from './load-network.ts';

/** The log messages. */
const KEY_CHANGES: Record<KeyChange['kind'], string> = {
  added: 'is published now',
  gone: 'is not published any more; kept for what it signed before',
  replaced: 'is another key now under the same ID; the one before is kept for what it signed',
};

/** Everything that services work with, and the function that releases it. */
export interface ComposedDeps extends Deps {
  /** Closes connections, then syncs and closes the store. */
  close(): Promise<void>;
}

/**
 * Builds the deps of a home: settings → network, requester, store, signer.
 * @param hold the caller's right to the home (src/cli/home/door.ts)
 * @param observer gets the spans of everything that this home does
 * @throws CloudilloError `store.*`
 */
export async function openDeps(
  home: string,
  { fence, readOnly }: Pick<HomeHold, 'fence' | 'readOnly'>,
  settings: Settings,
  log: Log,
  observer: Observer = NOBODY,
): Promise<ComposedDeps> {
  const clock = systemClock;
  const network = await loadNetwork(settings);
  const requester = createRequester({ network, timeout: settings.request.timeout, clock: clock.wall, observer });
  const api = createPeerApi(requester);
  const identities = createIdentities(home, { allowGroupReadable: settings.keys.groupReadable, fence });
  const signer = createSigner({ identities, clock, passphrase: () => keyPassphrase(undefined) });
  const onError = (error: unknown) => log('warn', `could not keep fetched keys: ${(error as Error).message}`);
  const onKeyChange = (idTag: string, { kind, keyId }: KeyChange) =>
    log(kind === 'replaced' ? 'warn' : 'info', `${idTag}: key ${keyId} ${KEY_CHANGES[kind]}`, { idTag, keyId });
  const onDamage = (message: string, fields: Record<string, unknown>) => log('warn', message, fields);
  const keyCache = await (readOnly ? openReadOnlyKeyCache : openKeyCache)(home, { onError, onKeyChange, onDamage });
  const store = await openFileStore(home, { now: clock.wall, fence, readOnly, log, observer });
  const arrivals = createArrivalLog(home, {
    onDamage,
    readOnly: readOnly !== null,
    onError: (error) =>
      log('warn', 'arrivals are not noted: the disk takes no writes', { error: errorToObject(error) }),
    isDeleted: ({ tenant, actionId }) => isDeleted(store, tenant, actionId),
  });
  const keyResolver = observedKeys(createKeyResolver({ api, cache: keyCache, clock }), observer);
  return {
    ...createRuntime(observer),
    home,
    settings,
    store,
    identities,
    api,
    requester,
    accessTokens: createAccessTokens({ api, sign: signer.sign, clock, observer }),
    keyResolver,
    profiles: keyResolver,
    keyCache,
    arrivals,
    network,
    disk: diskSpaceOf(probedDirectories(home), clock.monotonic, readOnly),
    signer,
    pictures: createPictures(join(packageRoot(), 'bin/picture-worker.js')),
    clock,
    log,
    close: () => closeAll(requester, keyCache, arrivals, store),
  };
}

function isDeleted(store: Store, tenant: string | null, actionId: string | null): boolean {
  return tenant !== null && actionId !== null && store.row(tenant, actionId)?.status === 'D';
}

async function closeAll(requester: Requester, keyCache: KeyCache, arrivals: ArrivalLog, store: Store): Promise<void> {
  try {
    requester.close();
    await arrivals.close();
    await keyCache.close();
  } finally {
    await store.close();
  }
}
