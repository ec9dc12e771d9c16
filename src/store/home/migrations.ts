/** How the home of an earlier version becomes one of this version: a step for each version. */
import type { HomePaths } from './home.ts';

/** One step, from a version of the home to the next. */
export interface Migration {
  /** What changes, for `home.json`. */
  name: string;
  /**
   * Changes the home. A crash in the middle runs it again from its beginning, so that running it twice must come to the same. Called by
   * the owner of the home before the store is opened; settings, identities and the key cache may have been
   * read before, and stay readable.
   */
  run(home: HomePaths): Promise<void>;
}

/** The first one makes version 2 of version 1. Append only: a step that was released never changes. */
export const MIGRATIONS: readonly Migration[] = [];
