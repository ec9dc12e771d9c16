/** A case of the conformance suite: what it asks of an instance, and what came of it. */
import type { Target } from './target.ts';

/**
 * How much a case weighs. `must` and `should` are the words of RFC 2119. `network`: the network's server is known to differ here, and
 * its form passes, too.
 */
export type Level = 'must' | 'should' | 'network';

/**
 * What a case can't be run without. `peer`: an identity that signs, whose profile the instance can fetch. `own-peer`: one that the
 * suite serves itself. `two-peers`: two of those. `owner`: an API key of the identity under test.
 */
export type Need = 'peer' | 'own-peer' | 'two-peers' | 'owner';

/** What came of a case. */
export interface Verdict {
  outcome: 'passed' | 'failed' | 'skipped';
  /** What was seen, in a sentence; for a skipped case why. */
  message: string;
  /** What was seen in detail; with `failed`. */
  evidence?: string[];
  /** The next step. */
  hint?: string;
  /** It passed in the form of the network's server (specification: Where servers differ). */
  asNetwork?: true;
}

/** A case: data, and one function. */
export interface Case {
  /** `group.case`, the name for `--only` and `--skip`. It is never renamed. */
  name: string;
  /** What a good instance does, in one sentence. */
  summary: string;
  /** A heading of the page that specifies the protocol. */
  section: string;
  level: Level;
  needs?: readonly Need[];
  /** It leaves something behind at the instance. */
  writes?: boolean;
  /** It sends this many tokens whose signature doesn't fit. The third one bans the sender (specification: Bans). */
  badSignatures?: number;
  /** It provokes a penalty for the address of the sender, for an hour: only with `--may-ban`. */
  provokes?: boolean;
  run(target: Target): Promise<Verdict>;
}

/** The result of a case, in the form that all reports have. */
export interface CaseResult extends Verdict {
  name: string;
  section: string;
  level: Level;
  durationMs: number;
}
