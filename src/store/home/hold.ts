/** The right to a home: to own it, or only to read it while its disk takes no writes. */
import { CloudilloError } from '../../protocol/errors.ts';
import { shellWord } from '../../protocol/shell-word.ts';
import type { Fence } from './fence.ts';
import { acquireHome, type HomeLock } from './lock.ts';

/** The right to a home. */
export interface HomeHold {
  /** Null when the home is only read: nobody may write then, and another process may own the home at any time. */
  readonly lock: HomeLock | null;
  /** Without a lock it refuses everything. */
  readonly fence: Fence;
  /** Why the home is only read, `store.read-only` or `store.full`; null with the lock. */
  readonly readOnly: CloudilloError | null;
  /** Ends the right. Close the store first. */
  release(): Promise<void>;
}

/** The right of whoever has the lock. */
export function ownedHome(lock: HomeLock): HomeHold {
  return { lock, fence: lock.fence, readOnly: null, release: () => lock.release() };
}

/**
 * Takes a home. Where the disk takes no writes there is no lock, because a lock is a name on that disk: the home is only read.
 * @returns null when a running process owns it
 * @throws {CloudilloError} as {@link acquireHome}, but for a full or read-only disk
 */
export async function holdHome(root: string): Promise<HomeHold | null> {
  try {
    const lock = await acquireHome(root);
    return lock && ownedHome(lock);
  } catch (error) {
    const readOnly = whyOnlyRead(root, error);
    if (!readOnly) throw error;
    const assertHeld = (): void => {
      throw readOnly;
    };
    return { lock: null, fence: { number: 0, assertHeld }, readOnly, release: async () => {} };
  }
}

/** The reason why a home is only read; null for an error of another kind. */
function whyOnlyRead(root: string, error: unknown): CloudilloError | null {
  if (!(error instanceof CloudilloError)) return null;
  const { code, cause, hint } = error;
  const options = { stage: 'store', cause, details: { home: root } } as const;
  if (code === 'store.full') {
    const message = `The disk of the home ${root} is full: the home is read, and nothing is written`;
    return new CloudilloError(code, message, { ...options, ...(hint !== undefined && { hint }) });
  }
  if (code !== 'store.read-only') return null;
  return new CloudilloError(
    code,
    `The disk of the home ${root} is read-only: the home is read, and nothing is written`,
    {
      ...options,
      hint: `Make it writable (findmnt -T ${shellWord(root)} shows how it is mounted), or copy the home (cp -a ${shellWord(root)} DIR) and name the copy with --home`,
    },
  );
}
