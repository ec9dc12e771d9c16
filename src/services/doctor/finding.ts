/** What an examination finds: faults with their evidence, the first one being the root cause. */
import type { AttemptReport } from '../../federation/http/address-attempt.ts';
import type { ErrorCode } from '../../protocol/error-table.ts';
import type { FaultId } from './faults.ts';
import type { Severity } from './severity.ts';

/** A fault, as the check that found it tells it. */
export interface Fault {
  fault: FaultId;
  /** A row of the table of errors. It decides the exit code. */
  code: ErrorCode;
  /** What was seen: addresses, names, times, statuses. One sentence each. */
  evidence: string[];
  /** The place of another name in the text for the next step, where the fault's own text has one. */
  facts?: Readonly<Record<string, string>>;
}

/** The outcome of a check. */
export interface Outcome {
  /** What was seen, for whoever looks at a check that passed. */
  told?: string;
  /** Empty: the check passed. */
  faults: Fault[];
  /** Without it no check that builds on this one can be made. */
  stops?: boolean;
  /** false: its faults concern one address of several, and say nothing about later checks. */
  explains?: boolean;
  /** What each address answered, where a name has several. */
  addresses?: AttemptReport[];
}

/** A check that was not made. */
export interface Skipped {
  /** Why. */
  skipped: string;
  /** The check that made it impossible. Without one it was not asked for. */
  stoppedBy?: string;
}

/** A check that was made, or was not. */
export interface CheckReport<Id extends string = string> {
  id: Id;
  /** `warn`: its faults are warnings. `skip`: it could not be made, or was not asked for. */
  status: 'pass' | 'warn' | 'fail' | 'skip';
  /** Of its first fault. */
  code?: ErrorCode;
  /** What was seen, of all faults; for a skipped check why. */
  reason?: string;
  /** The next step; with `fail` and `warn`. */
  hint?: string;
  /** Milliseconds. */
  ms: number;
  /** What each address answered, where a name has several. */
  addresses?: AttemptReport[];
}

/** A consequence of a finding. */
export interface Consequence<Id extends string = string> {
  check: Id;
  /** The fault that was found; null: the check could not be made. */
  fault: FaultId | null;
  code: ErrorCode | null;
  evidence: string[];
}

/** A fault that follows from no other one. */
export interface Finding<Id extends string = string> {
  /** The check that found it. */
  check: Id;
  fault: FaultId;
  code: ErrorCode;
  severity: Severity;
  evidence: string[];
  /** Why it is so, as far as it can be told. */
  cause: string;
  /** What to do. */
  next: string;
  /** What follows from it: faults of later checks, and checks that could not be made. */
  follows: Consequence<Id>[];
}

/** An outcome without a fault. */
export function well(told?: string): Outcome {
  return { faults: [], ...(told !== undefined && { told }) };
}

/** An outcome with one fault. @param rest `stops` and the facts of the fault */
export function ill(
  fault: FaultId,
  code: ErrorCode,
  evidence: string | string[],
  { facts, ...rest }: Pick<Outcome, 'stops' | 'explains'> & Pick<Fault, 'facts'> = {},
): Outcome {
  const seen = Array.isArray(evidence) ? evidence : [evidence];
  return { faults: [{ fault, code, evidence: seen, ...(facts && { facts }) }], ...rest };
}
