/** The texts of a fault. */
import type { Severity } from './severity.ts';

/** What an examination says about a fault. `{…}` stands for a fact: the `idTag` that is examined, the API `host`, and others. */
export interface FaultTexts {
  severity: Severity;
  /** Why it is so, as far as it can be told. */
  cause: string;
  /** What to do. */
  next: string;
}
