import { acquireHome } from '../../store/home/lock.ts';
import type { SandboxPaths } from '../directory/paths.ts';
import { readState } from '../directory/state.ts';
import { requestStop } from '../processes/control-socket.ts';
import { endOrphans } from '../processes/end-orphans.ts';

export interface SandboxDown {
  dir: string;
  /** Was one running? */
  wasUp: boolean;
  /** Identities whose servers had outlived their sandbox and were ended now. */
  orphans: string[];
}

/**
 * Stops the sandbox of a directory and waits until it is gone. That none runs is fine; servers that a killed one has left
 * are ended.
 *
 * @throws CloudilloError `home.no-sandbox`, `store.*`
 */
export async function sandboxDown(paths: SandboxPaths): Promise<SandboxDown> {
  const document = await readState(paths);
  const wasUp = await requestStop(paths);
  // An ephemeral one has taken its directory along. One that was killed while it stopped may have left servers.
  const lock = (await stillThere(paths)) ? await acquireHome(paths.root) : null;
  if (!lock) return { dir: paths.root, wasUp, orphans: [] };
  try {
    const orphans = await endOrphans(paths, await document.reload());
    await document.update((state) => ({
      ...state,
      pid: null,
      identities: state.identities.map((one) => ({ ...one, pid: null })),
    }));
    return { dir: paths.root, wasUp, orphans };
  } finally {
    await lock.release();
  }
}

async function stillThere(paths: SandboxPaths): Promise<boolean> {
  try {
    return (await readState(paths)).exists;
  } catch {
    return false;
  }
}
