/** The report of a run. */
import type { CaseResult } from './case.ts';

/** How many cases ended in each way. */
export interface ConformanceCounts {
  passed: number;
  /** Of those that passed: as the network's server does it. */
  asNetwork: number;
  failed: number;
  /** Of those that failed: of the level `should`. */
  failedShould: number;
  skipped: number;
}

/** What a run found. */
export interface ConformanceReport {
  idTag: string;
  /** Nothing that must be is missing; with `strict` nothing that should be. */
  passed: boolean;
  counts: ConformanceCounts;
  cases: CaseResult[];
  ms: number;
}

/** Sums results up. @param strict whether the level `should` counts */
export function conformanceReport(idTag: string, cases: CaseResult[], strict: boolean, ms: number): ConformanceReport {
  const count = (matches: (one: CaseResult) => boolean) => cases.filter(matches).length;
  const failed = count(({ outcome }) => outcome === 'failed');
  const failedShould = count(({ outcome, level }) => outcome === 'failed' && level === 'should');
  const counts = {
    passed: count(({ outcome }) => outcome === 'passed'),
    asNetwork: count(({ asNetwork }) => asNetwork === true),
    failed,
    failedShould,
    skipped: count(({ outcome }) => outcome === 'skipped'),
  };
  return { idTag, passed: failed - (strict ? 0 : failedShould) === 0, counts, cases, ms };
}
