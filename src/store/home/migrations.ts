/** The steps from each version of a home to the next. */
import type { HomePaths } from './home.ts';

/** A step from one version of the home to the next. */
export interface Migration {
  /** The change in words, for `home.json`. */
  name: string;
  /**
   * Changes the home. After a crash it runs again from its beginning, so a second run has to have the same result. The owner of
   * the home calls it before the store is opened. Settings, identities and the key cache may have been read before, and have to
   * stay readable.
   */
  run(home: HomePaths): Promise<void>;
}

/** The first step makes version 2 of version 1. Append only: a released step never changes. */
export const MIGRATIONS: readonly Migration[] = [
  {
    // Nothing has to change: the new version keeps earlier programs from journals that were compacted, which they can't read.
    name: 'journals may be compacted',
    run: async () => {},
  },
];
