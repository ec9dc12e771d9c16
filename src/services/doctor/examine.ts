/** Makes checks that build on each other, and folds what follows from a fault under it. */

import { faultTexts } from './faults.ts';
import type { CheckReport, Consequence, Fault, Finding, Outcome, Skipped } from './finding.ts';
import type { Severity } from './severity.ts';

/** A check, and those that it builds on. */
export interface CheckPlan<Id extends string, Look> {
  id: Id;
  /** When one of them stops, this check can't be made. When one of them fails, what this check finds follows from that. */
  after: readonly Id[];
  /** What this check finds follows from what one of these finds. It is made nevertheless, after them. */
  under?: readonly Id[];
  /** Faults are data: a throw is a bug, or a failure of this machine. */
  run(look: Look): Promise<Outcome | Skipped>;
}

/** What an examination found. */
export interface Examination<Id extends string> {
  /** In the order of the list. */
  checks: CheckReport<Id>[];
  /** Errors and what could not be told first, then warnings; in the order of the list. The first one is where to begin. */
  findings: Finding<Id>[];
}

interface Made<Id extends string> {
  id: Id;
  outcome: Outcome | Skipped;
  ms: number;
  /** The check that made it impossible. */
  stoppedBy?: Id | undefined;
}

/**
 * Makes the checks, each as soon as those before it have ended.
 * @param plan each check after those that it builds on
 * @param facts what stands in the texts of the faults
 */
export async function examine<Id extends string, Look>(
  plan: readonly CheckPlan<Id, Look>[],
  look: Look,
  facts: Readonly<Record<string, string>>,
): Promise<Examination<Id>> {
  const running = new Map<Id, Promise<Made<Id>>>();
  for (const check of plan) running.set(check.id, make(check, look, running));
  const made = await Promise.all(running.values());
  return { checks: made.map((one) => reportOf(one, facts)), findings: fold(plan, made, facts) };
}

async function make<Id extends string, Look>(
  { id, after, under = [], run }: CheckPlan<Id, Look>,
  look: Look,
  running: ReadonlyMap<Id, Promise<Made<Id>>>,
): Promise<Made<Id>> {
  const before = await Promise.all(after.flatMap((each) => running.get(each) ?? []));
  await Promise.all(under.map((each) => running.get(each)));
  const stopped = before.find(({ outcome, stoppedBy }) => stoppedBy !== undefined || isStopping(outcome));
  if (stopped) {
    const stoppedBy = stopped.stoppedBy ?? stopped.id;
    return { id, outcome: { skipped: `not made: see ${stoppedBy}` }, ms: 0, stoppedBy };
  }
  const start = performance.now();
  const outcome = await run(look);
  const ms = Math.round(performance.now() - start);
  return { id, outcome, ms, stoppedBy: 'skipped' in outcome ? (outcome.stoppedBy as Id | undefined) : undefined };
}

function isStopping(outcome: Made<string>['outcome']): boolean {
  return 'faults' in outcome && outcome.stops === true;
}

function reportOf<Id extends string>(
  { id, outcome, ms }: Made<Id>,
  facts: Readonly<Record<string, string>>,
): CheckReport<Id> {
  if ('skipped' in outcome) return { id, status: 'skip', reason: outcome.skipped, ms };
  const { told, faults, addresses } = outcome;
  const more = addresses && { addresses };
  const first = worstFirst(faults)[0];
  if (!first) return { id, status: 'pass', ...(told !== undefined && { reason: told }), ms, ...more };
  const { severity, next } = textsOf(first, facts);
  const status = severity === 'warning' ? 'warn' : 'fail';
  return { id, status, code: first.code, reason: evidenceOf(faults), hint: next, ms, ...more };
}

/** What was seen, of each fault first what it is about: several addresses may fail, each in its own way. */
function evidenceOf(faults: readonly Fault[]): string {
  const first = worstFirst(faults).map(({ evidence }) => evidence[0]);
  const more = worstFirst(faults).flatMap(({ evidence }) => evidence.slice(1));
  return [...new Set([...first, ...more])].filter((seen) => seen !== undefined).join('; ');
}

function textsOf(fault: Fault, facts: Readonly<Record<string, string>>) {
  return faultTexts(fault.fault, { ...facts, ...fault.facts });
}

const RANK: Readonly<Record<Severity, number>> = { error: 0, unknown: 0, warning: 1 };

function worstFirst(faults: readonly Fault[]): Fault[] {
  return faults.toSorted((a, b) => RANK[textsOf(a, {}).severity] - RANK[textsOf(b, {}).severity]);
}

/** Roots with what follows from them. */
function fold<Id extends string>(
  plan: readonly CheckPlan<Id, never>[],
  made: readonly Made<Id>[],
  facts: Readonly<Record<string, string>>,
): Finding<Id>[] {
  const findings: Finding<Id>[] = [];
  const roots: Finding<Id>[] = [];
  for (const one of made) {
    const root = rootOf(one, plan, roots);
    if ('skipped' in one.outcome) {
      const cause = root ?? findings.find(({ check }) => check === one.stoppedBy);
      if (one.stoppedBy !== undefined) cause?.follows.push({ check: one.id, fault: null, code: null, evidence: [] });
      continue;
    }
    for (const fault of worstFirst(one.outcome.faults)) {
      if (root) {
        root.follows.push(consequence(one.id, fault));
        continue;
      }
      const finding = { ...fault, check: one.id, ...textsOf(fault, facts), follows: [] };
      findings.push(withoutFacts(finding));
      if (one.outcome.explains !== false && finding.severity !== 'warning') roots.push(findings.at(-1) as Finding<Id>);
    }
  }
  return findings.toSorted((a, b) => RANK[a.severity] - RANK[b.severity]);
}

function consequence<Id extends string>(check: Id, { fault, code, evidence }: Fault): Consequence<Id> {
  return { check, fault, code, evidence };
}

function withoutFacts<Id extends string>({
  check,
  fault,
  code,
  severity,
  evidence,
  cause,
  next,
  follows,
}: Finding<Id>) {
  return { check, fault, code, severity, evidence, cause, next, follows };
}

/** The finding that a check's faults follow from: of the checks that it builds on, the first with an error. */
function rootOf<Id extends string>(
  { id }: Made<Id>,
  plan: readonly CheckPlan<Id, never>[],
  roots: readonly Finding<Id>[],
): Finding<Id> | undefined {
  const above = new Set<Id>();
  const climb = (at: Id): void => {
    const { after = [], under = [] } = plan.find((check) => check.id === at) ?? {};
    for (const each of [...after, ...under]) {
      if (above.has(each)) continue;
      above.add(each);
      climb(each);
    }
  };
  climb(id);
  return roots.find(({ check }) => above.has(check));
}
