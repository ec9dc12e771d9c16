/** What the stages of an arrival tell of it, for its note and its log line. */
import type { ResolvedKey } from '../../federation/keys/key-resolver.ts';
import type { Check } from '../../protocol/check.ts';
import type { DecodedToken } from '../../protocol/token.ts';
import type { JournalEvent } from '../../store/model/events.ts';
import type { WatchStage } from '../runtime/stage-list.ts';
import type { KnockRule } from './knock-rule.ts';

/** The facts of one arrival, as far as it came. */
export interface ArrivalFacts {
  /** Each stage with its time in milliseconds. */
  stages: [stage: string, ms: number][];
  decoded?: DecodedToken | undefined;
  checks?: readonly Check[] | undefined;
  key?: { id: string; source: ResolvedKey['source']; profile: ResolvedKey['profile'] | undefined } | undefined;
  /** Whether the issuer's key verified the token. */
  verified?: boolean | undefined;
  /** What allowed it. */
  rule?: KnockRule | undefined;
  /** The events that were stored. */
  stored?: readonly JournalEvent[] | undefined;
  /** Why it was parked. */
  parkedFor?: unknown;
  /** Whether it shared the run of another request with the same token. */
  shared?: boolean | undefined;
}

/** The facts of an arrival that begins, with a place for everything: an object that grows is copied every few fields. */
export function newFacts(): ArrivalFacts {
  return {
    stages: [],
    decoded: undefined,
    checks: undefined,
    key: undefined,
    verified: undefined,
    rule: undefined,
    stored: undefined,
    parkedFor: undefined,
    shared: undefined,
  };
}

/** Writes the time of each stage into the facts. */
export function watchInto(facts: ArrivalFacts): WatchStage {
  return (stage, began) => facts.stages.push([stage, Math.round((performance.now() - began) * 100) / 100]);
}
