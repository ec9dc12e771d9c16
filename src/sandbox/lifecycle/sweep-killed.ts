/** Deletes ephemeral sandboxes that were killed before they could delete themselves. */
import { lstat, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SandboxPaths, sandboxPaths } from '../directory/paths.ts';
import { readState } from '../directory/state.ts';
import { isSandboxUp } from '../processes/control-socket.ts';
import { endOrphans } from '../processes/end-orphans.ts';

/** The names of temporary directories begin with it. */
export const EPHEMERAL_PREFIX = 'cloudillo-sandbox-';

/**
 * Deletes those of this user in the place for temporary files, and ends their servers. A sandbox that runs, that starts, or that is
 * kept stays.
 */
export async function sweepKilled(): Promise<void> {
  try {
    const names = await readdir(tmpdir());
    for (const name of names) if (name.startsWith(EPHEMERAL_PREFIX)) await sweepOne(sandboxPaths(join(tmpdir(), name)));
  } catch {
    // It only takes up space, and the next start tries again.
  }
}

async function sweepOne(paths: SandboxPaths): Promise<void> {
  try {
    const found = await lstat(paths.root);
    if (!found.isDirectory() || found.uid !== process.getuid?.()) return;
    const { data: state } = await readState(paths);
    if (!state.ephemeral || state.pid === null || (await isSandboxUp(paths))) return;
    await endOrphans(paths, state);
    await rm(paths.root, { recursive: true, force: true });
  } catch {
    // Another command deletes it, or it isn't a sandbox.
  }
}
