/** Takes over `cache/keys.json`, in which earlier versions kept all profiles. */
import { readFile } from 'node:fs/promises';
import { hasErrno, whyUnreadable } from '../disk/disk-errors.ts';
import { setAside, type WarnDamage } from '../disk/set-aside.ts';
import { type CachedProfile, cachedProfileProblem } from './cached-profile.ts';

/** The result of {@link readOldKeys}. */
export interface OldKeys {
  profiles: CachedProfile[];
  isThere: boolean;
  /** The fault of the file; null when it has none. Its sound profiles are used in both cases. */
  problem: string | null;
}

/** Reads the file. It never throws. */
export async function readOldKeys(path: string): Promise<OldKeys> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const isThere = !hasErrno(error, 'ENOENT', 'ENOTDIR');
    return { profiles: [], isThere, problem: isThere ? whyUnreadable(error) : null };
  }
  const { version, profiles } = (json ?? {}) as { version?: unknown; profiles?: unknown };
  if (version !== 1) return { profiles: [], isThere: true, problem: '"version" must be 1' };
  if (!Array.isArray(profiles)) return { profiles: [], isThere: true, problem: '"profiles" must be a list' };
  const problems = profiles.map(cachedProfileProblem);
  const bad = problems.findIndex((problem) => problem !== null);
  return {
    profiles: profiles.filter((_, index) => problems[index] === null),
    isThere: true,
    problem: bad < 0 ? null : `"profiles[${bad}]" ${problems[bad]}`,
  };
}

/**
 * Moves the profiles into the log. A damaged file is set aside.
 * @returns whether there was a file
 */
export async function takeOldKeys(
  path: string,
  log: { take(profile: CachedProfile): void },
  onDamage: WarnDamage,
): Promise<boolean> {
  const { profiles, isThere, problem } = await readOldKeys(path);
  if (problem !== null) await setAside(path, problem, onDamage);
  for (const profile of profiles) log.take(profile);
  return isThere && problem === null;
}
