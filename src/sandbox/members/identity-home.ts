/** Makes the homes of a sandbox's identities. */
import { access } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Clock } from '../../protocol/clock.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { idTagToAscii } from '../../protocol/id-tag.ts';
import { initInstance } from '../../services/home/init.ts';
import { homePaths } from '../../store/home/home.ts';
import { acquireHome } from '../../store/home/lock.ts';
import { openConfig } from '../../store/settings/config-file.ts';
import { type IdentityPaths, identityPaths, type SandboxPaths } from '../directory/paths.ts';

/** A home to make, with address and port of its server. It has the name of its first identity. */
export interface SandboxHome {
  idTags: readonly [string, ...string[]];
  address: string;
  port: number;
}

/**
 * Makes a home with its identities as `init` does, or takes an existing one, and sets the settings of the sandbox. Paths are
 * written relative to the home, so that a sandbox can be moved.
 * @throws CloudilloError `home.busy` when a server runs on it; those of `initInstance`
 */
export async function prepareHome(
  paths: SandboxPaths,
  { idTags, address, port }: SandboxHome,
  clock: Clock,
): Promise<void> {
  const files = identityPaths(paths, idTags[0]);
  // One after the other: the first one makes the home.
  for (const idTag of idTags) {
    const fresh = await isMissing(join(homePaths(files.home).identities, idTagToAscii(idTag)));
    await initInstance(
      { home: files.home, clock },
      { idTag, existOk: true, ...(fresh && { name: displayName(idTag) }) },
    );
  }
  const lock = await acquireHome(files.home);
  if (!lock) {
    throw new CloudilloError('home.busy', `A server or command works on ${files.home}`, {
      stage: 'home',
      hint: 'Stop the server that was started by hand; the sandbox starts one of its own.',
      details: { home: files.home },
    });
  }
  try {
    await writeSettings(paths, files, { address, port });
  } finally {
    await lock.release();
  }
}

async function writeSettings(
  paths: SandboxPaths,
  files: IdentityPaths,
  { address, port }: Pick<SandboxHome, 'address' | 'port'>,
): Promise<void> {
  const config = await openConfig(files.home);
  await config.update((draft) => ({
    // All servers of a sandbox share one address, so limits by address would be wrong.
    rateLimits: false,
    ...draft,
    'listen.host': address,
    'listen.port': port,
    'tls.cert': relative(files.home, files.certificate),
    'tls.key': relative(files.home, files.key),
    'tls.directory': relative(files.home, dirname(dirname(files.certificate))),
    network: relative(files.home, paths.network),
  }));
}

/** `Alice` for `alice.test`. */
function displayName(idTag: string): string {
  const label = idTag.split('.', 1)[0] as string;
  const [first = '', ...rest] = label;
  return `${first.toUpperCase()}${rest.join('')}`;
}

async function isMissing(path: string): Promise<boolean> {
  try {
    await access(path);
    return false;
  } catch {
    // Making the home reports any other fault better.
    return true;
  }
}
