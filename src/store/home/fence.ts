/** Who may write in a home, as the journal is shown it with each append. */

/** Proves the right to write. A later holder has a higher number. */
export interface Fence {
  readonly number: number;
  /** @throws {CloudilloError} `store.fenced`: the right was given up, or somebody else has it */
  assertHeld(): void;
}

/** For a store that nobody else can open: one in memory, or of a single process. */
export const UNSHARED: Fence = { number: 0, assertHeld: () => {} };
