/** The keys of `verify-token`. */
import { readFileSync } from 'node:fs';
import { CloudilloError } from '../../protocol/errors.ts';
import type { Observer } from '../../protocol/observer.ts';
import { utf8Text } from '../../protocol/text-encoding.ts';
import { firstOf, type KeySource, keysFromFile, remembered } from '../../services/keys/key-sources.ts';
import { observedSource } from '../../services/keys/observed-source.ts';
import { whyUnreadable } from '../../store/disk/disk-errors.ts';
import type { Settings } from '../../store/settings/settings.ts';

/** Where `verify-token` looks for keys. */
export interface KeyOptions {
  /** Files given with `--key`. With them no other source is asked, and neither home nor network is used. */
  files: readonly string[];
  offline: boolean;
  /** Absolute; it may not exist. */
  home: string;
  settings: () => Promise<Settings>;
  /** Called for a damaged key cache. */
  warn: (text: string) => void;
  /** Gets the spans of lookups and requests. */
  observer: Observer;
}

/**
 * Runs `run` with keys: from files, else from the home's tenants and then its cache (`--offline`) or the issuers' profiles. Only
 * `--offline` needs a home.
 * @throws CloudilloError `key.*` (files), `home.*`, and what `run` throws
 */
export async function withKeys<R>(options: KeyOptions, run: (keys: KeySource) => Promise<R>): Promise<R> {
  const { files, offline, home, settings, warn, observer } = options;
  const keysOf = (sources: readonly KeySource[]) => remembered(observedSource(observer, firstOf(...sources)));
  if (files.length > 0) {
    return run(keysOf(files.map((file) => keysFromFile(readKeyFile(file), file))));
  }
  const { openHomeKeys } = await import('../home/open-home-keys.ts');
  const own = await openHomeKeys(home, { cache: offline, required: offline, warn });
  if (offline) return run(keysOf(own));
  const { openPeerAccess } = await import('../home/open-peer-access.ts');
  const { keysFromProfiles } = await import('../../services/keys/profile-keys.ts');
  const peer = await openPeerAccess(home, await settings(), observer);
  try {
    return await run(keysOf([...own, keysFromProfiles(peer.api)]));
  } finally {
    await peer.close();
  }
}

// It is synchronous: the file is small, and the first use of libuv's threads fixes their number (src/cli/process/thread-pool.ts).
function readKeyFile(path: string): string {
  try {
    return utf8Text(readFileSync(path));
  } catch (error) {
    throw new CloudilloError('key.file', `Could not take a key from ${path}: ${whyUnreadable(error)}`, {
      stage: 'key',
      hint: 'Save a profile with: cloudillo fetch-profile IDTAG --out FILE',
      details: { path },
    });
  }
}
