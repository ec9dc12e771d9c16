/** Makes the directory of a sandbox. */
import { chmod, readdir, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { CloudilloError } from '../../protocol/errors.ts';
import { diskError, isFull } from '../../store/disk/disk-errors.ts';
import { DIRECTORY_MODE, makePath } from '../../store/disk/durable-file.ts';
import { sweepTemporary } from '../../store/disk/sweep-temporary.ts';
import type { SandboxPaths } from './paths.ts';

/** The names that a sandbox without a state may have left: it failed early, or only issued a certificate. */
const OURS = /^(?:logs|certs|ca\.pem|ca\.key|control\.sock|\.?own\..*)$/;

/**
 * Makes the sandbox's directory, or accepts one that is a sandbox or empty.
 * @param options `fresh`: accept only an empty one, because it is deleted at the end
 * @throws CloudilloError `home.not-empty`: foreign files would be mixed with keys, and `--ephemeral` would delete them;
 *   `home.foreign`: another user's
 */
export async function prepareDirectory(paths: SandboxPaths, { fresh }: { fresh: boolean }): Promise<void> {
  await make(paths.root);
  // Temporary files of killed commands. Certificates are issued without the sandbox's lock.
  const files = [paths.state, paths.network, paths.ca, paths.caKey].map((path) => basename(path));
  await sweepTemporary(paths.root, { names: files, shared: true });
  const [found, names] = await Promise.all([stat(paths.root), readdir(paths.root)]);
  const user = process.getuid?.();
  if (user !== undefined && found.uid !== user) {
    throw new CloudilloError('home.foreign', `${paths.root} belongs to another user`, {
      stage: 'home',
      hint: 'Name a directory of your own with --dir.',
      details: { dir: paths.root },
    });
  }
  const foreign = !names.includes('sandbox.json') && names.some((name) => !OURS.test(name));
  if (foreign || (fresh && names.length > 0)) {
    const what = foreign ? 'holds other files, and no sandbox' : 'holds a sandbox that is kept';
    throw new CloudilloError('home.not-empty', `${paths.root} ${what}`, {
      stage: 'home',
      hint: 'Name an empty directory, or one that does not exist yet, with --dir.',
      details: { dir: paths.root },
    });
  }
  // The directory holds private keys.
  if (names.length === 0) await chmod(paths.root, DIRECTORY_MODE);
  await make(paths.logs);
}

async function make(directory: string): Promise<void> {
  try {
    await makePath(directory, DIRECTORY_MODE);
  } catch (cause) {
    if (isFull(cause)) throw diskError(cause, 'make the sandbox', directory);
    throw new CloudilloError('store.io', `Couldn't make the sandbox: ${directory}`, {
      stage: 'home',
      hint: 'Name a directory that you may write with --dir.',
      details: { dir: directory },
      cause,
    });
  }
}
