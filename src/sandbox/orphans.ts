import { endProcess, isServerOf } from './own-process.ts';
import { identityPaths, type SandboxPaths } from './paths.ts';
import type { SandboxState } from './state.ts';

/**
 * Ends servers that outlived a sandbox that was killed. Only for whoever holds the sandbox's lock, or knows that nobody
 * does.
 *
 * @returns the identities whose servers were ended
 */
export async function endOrphans(paths: SandboxPaths, state: SandboxState): Promise<string[]> {
  const ended = await Promise.all(
    state.identities.map(async ({ idTag, pid }) => {
      const { home } = identityPaths(paths, idTag);
      if (pid === null || !(await isServerOf(pid, home))) return [];
      await endProcess(pid, home);
      return [idTag];
    }),
  );
  return ended.flat();
}
