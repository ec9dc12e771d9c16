/** Stops a sandbox. */
import { acquireHome } from '../../store/home/lock.ts';
import type { SandboxPaths } from '../directory/paths.ts';
import { readState } from '../directory/state.ts';
import { requestStop } from '../processes/control-socket.ts';
import { endOrphans } from '../processes/end-orphans.ts';

/** What was stopped. */
export interface SandboxDown {
  dir: string;
  /** Whether one was running. */
  wasUp: boolean;
  /** The identities whose servers had outlived their sandbox and were ended now. */
  orphans: string[];
}

/**
 * Stops the sandbox of a directory and waits until it has ended. It is a success when none runs. Servers of a killed sandbox are
 * ended.
 * @throws CloudilloError `home.no-sandbox`, `store.*`
 */
export async function sandboxDown(paths: SandboxPaths): Promise<SandboxDown> {
  const document = await readState(paths);
  const wasUp = await requestStop(paths);
  // An ephemeral sandbox has deleted its directory. One that was killed while it stopped may have left servers.
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
