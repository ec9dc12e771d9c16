/**
 * What is noted of an arrival: who sent it, what became of it and why. A note has facts only: no token, no content of an action.
 * `ArrivalLog` keeps it.
 */
import type { CheckId } from '../../protocol/check.ts';
import type { Refusal } from '../../protocol/refusal.ts';

/**
 * What became of an arrival. `ignored`: valid, and too old to matter. `repeated`: stored before. `rate-limited`: a rate limit, a ban or
 * a quota. `unrecorded`: so many came at once, or the disk was so full, that no notes were made of them.
 */
export const ARRIVAL_OUTCOMES = [
  'accepted',
  'refused',
  'ignored',
  'parked',
  'repeated',
  'rate-limited',
  'unrecorded',
] as const;

/** One of {@link ARRIVAL_OUTCOMES}. */
export type ArrivalOutcome = (typeof ARRIVAL_OUTCOMES)[number];

/** Why an arrival was refused, or parked. */
export interface NotedRefusal extends Omit<Refusal, 'facts'> {
  message: string;
  /** The step to the issuer's instance that failed, such as `dns`; null: none did. */
  step: string | null;
}

/** What an accepted arrival changed, and what was signed in answer. */
export interface NotedChange {
  /** The status and the visibility that the action is stored with; null: it is not stored. */
  status: string | null;
  visibility: string | null;
  /** The relation to the issuer afterwards; null: it was not changed. */
  relation: { following: boolean; follower: boolean; connected: boolean } | null;
  /** The actions that it ended. */
  ended: string[];
  /** The actions that were signed in answer or passed on, and to how many peers each goes. */
  answers: { actionId: string; type: string; recipients: number }[];
}

/**
 * How something came. `inbox`, `sync`: by a request to `/api/inbox` or `/api/inbox/sync`. `related`: along with another token. `parked`: from
 * parking. `access`: a PROXY token for an access token; only refusals are noted. `connection`: it ended before its request was read.
 */
export const ARRIVAL_ORIGINS = ['inbox', 'sync', 'related', 'parked', 'access', 'connection'] as const;

/** One of {@link ARRIVAL_ORIGINS}. */
export type ArrivalOrigin = (typeof ARRIVAL_ORIGINS)[number];

/** What is noted of one arrival, or of several alike. Times are unix milliseconds, durations milliseconds. */
export interface ArrivalNote {
  /** When it came. */
  at: number;
  /** How long it took. */
  ms: number;
  outcome: ArrivalOutcome;
  /** How many it stands for. */
  times: number;
  origin: ArrivalOrigin;
  tenant: string | null;
  address: string | null;
  /** The ID of the request. */
  request: string | null;
  actionId: string | null;
  /** What the token says of itself. It is proven only when `verified`. */
  issuer: string | null;
  type: string | null;
  /** The length of the token. */
  bytes: number | null;
  /** Whether the issuer's key verified the token. */
  verified: boolean;
  stages: [stage: string, ms: number][];
  /** The checks that passed, and those that failed with the reason. */
  passed: CheckId[];
  failed: [id: CheckId, reason: string][];
  key: { id: string; source: 'cache' | 'profile'; fetchedAt: number | null } | null;
  /** What allowed it: a name of `KnockRule`. */
  rule: string | null;
  refusal: NotedRefusal | null;
  change: NotedChange | null;
  /** It was the text that `doctor` sends to try an inbox, and never could have been an action. */
  probe?: true;
  /** The action is deleted: only its ID and what became of it are left. */
  deleted?: true;
}

/** The note of a deleted action: its ID, and what became of it. */
export function withoutAction(note: ArrivalNote): ArrivalNote {
  const { at, ms, outcome, times, origin, tenant, actionId } = note;
  return { ...emptyNote({ at, ms, outcome, times, origin, tenant, actionId }), deleted: true };
}

/** A note of these facts alone. */
export function emptyNote(facts: Pick<ArrivalNote, 'at' | 'outcome'> & Partial<ArrivalNote>): ArrivalNote {
  return {
    ms: 0,
    times: 1,
    origin: 'inbox',
    tenant: null,
    address: null,
    request: null,
    actionId: null,
    issuer: null,
    type: null,
    bytes: null,
    verified: false,
    stages: [],
    passed: [],
    failed: [],
    key: null,
    rule: null,
    refusal: null,
    change: null,
    ...facts,
  };
}

/** Whether a value from the disk is a note. */
export function isArrivalNote(json: unknown): json is ArrivalNote {
  const { at, ms, outcome, times, stages, passed, failed } = (json ?? {}) as Partial<ArrivalNote>;
  const numbers = [at, ms, times].every((value) => Number.isFinite(value));
  return (
    numbers && ARRIVAL_OUTCOMES.includes(outcome as ArrivalOutcome) && [stages, passed, failed].every(Array.isArray)
  );
}
