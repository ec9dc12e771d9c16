/** Ends servers that outlived their sandbox. */
import { identityPaths, type SandboxPaths } from '../directory/paths.ts';
import { leadersOf, type SandboxState } from '../directory/state.ts';
import { endProcess, isServerOf } from './process-of-home.ts';

/**
 * Ends servers that outlived a killed sandbox. The caller holds the sandbox's lock, or knows that nobody does.
 * @returns the identities whose servers were ended; of those that share one, the first
 */
export async function endOrphans(paths: SandboxPaths, state: SandboxState): Promise<string[]> {
  const ended = await Promise.all(
    leadersOf(state).map(async ({ idTag, pid }) => {
      const { home } = identityPaths(paths, idTag);
      if (pid === null || !(await isServerOf(pid, home))) return [];
      await endProcess(pid, home);
      return [idTag];
    }),
  );
  return ended.flat();
}
