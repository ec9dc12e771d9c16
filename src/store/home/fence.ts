/** The right to write in a home, which the journal checks at each append. */

/** Proves the right to write. A later holder has a higher number. */
export interface Fence {
  readonly number: number;
  /** Throws when the right has ended. @throws {CloudilloError} `store.fenced`: it was given up, or another process has it */
  assertHeld(): void;
}

/** The fence of a store that nobody else can open: in memory, or of a single process. */
export const UNSHARED: Fence = { number: 0, assertHeld: () => {} };
