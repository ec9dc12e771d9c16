/** The notes of arrivals for people and scripts, and the filter that chooses among them. */
import { errorTraits } from '../../protocol/error-table.ts';
import type { ArrivalNote, ArrivalOutcome, NotedChange, NotedRefusal } from '../../store/model/arrival-note.ts';

/** An arrival as commands print it. Times are ISO 8601, durations milliseconds. */
export interface ArrivalView
  extends Pick<
    ArrivalNote,
    | 'outcome'
    | 'times'
    | 'origin'
    | 'tenant'
    | 'address'
    | 'actionId'
    | 'issuer'
    | 'type'
    | 'bytes'
    | 'verified'
    | 'rule'
    | 'change'
  > {
  at: string;
  ms: number;
  requestId: string | null;
  stages: { stage: string; ms: number }[];
  checks: { passed: string[]; failed: { check: string; reason: string }[] };
  key: { keyId: string; source: 'cache' | 'profile'; fetchedAt: string | null } | null;
  refusal: (Omit<NotedRefusal, 'retryAt'> & { retryAt: string | null }) | null;
  /** The answer to the request; null when no request brought it. */
  answer: { status: number; code: string | null } | null;
  /** The text with which `doctor` tries an inbox: no action. */
  probe: boolean;
  /** The action was deleted since: only its ID and what became of it are left. */
  deleted: boolean;
}

/** Which arrivals. All given conditions hold at once. */
export interface ArrivalFilter {
  tenant?: string | undefined;
  issuer?: string | undefined;
  /** Types, with or without a subtype: `FLLW` is also `FLLW:DEL`. */
  types?: readonly string[] | undefined;
  outcomes?: readonly ArrivalOutcome[] | undefined;
  /** An error code, or its area: `token`. */
  code?: string | undefined;
  /** Unix seconds. */
  since?: number | undefined;
}

/** Makes the filter of arrivals. */
export function arrivalFilter(wanted: ArrivalFilter): (note: ArrivalNote) => boolean {
  const { tenant, issuer, types = [], outcomes = [], code, since } = wanted;
  return (note) =>
    (tenant === undefined || note.tenant === tenant) &&
    (issuer === undefined || note.issuer === issuer) &&
    (types.length === 0 || types.some((type) => note.type === type || note.type?.split(':')[0] === type)) &&
    (outcomes.length === 0 || outcomes.includes(note.outcome)) &&
    (code === undefined || note.refusal?.code === code || note.refusal?.code.split('.')[0] === code) &&
    (since === undefined || note.at >= since * 1000);
}

/** Makes the view of a note. */
export function arrivalView(note: ArrivalNote): ArrivalView {
  const { at, ms, outcome, times, origin, tenant, address, request, actionId, issuer, type, bytes, verified } = note;
  const { stages, passed, failed, key, rule, refusal, change, probe = false, deleted = false } = note;
  return {
    ...{ at: iso(at), ms, outcome, times, origin, tenant, address, requestId: request },
    ...{ actionId, issuer, type, bytes, verified, rule },
    stages: stages.map(([stage, ms]) => ({ stage, ms })),
    checks: { passed: [...passed], failed: failed.map(([check, reason]) => ({ check, reason })) },
    key: key && { keyId: key.id, source: key.source, fetchedAt: key.fetchedAt === null ? null : iso(key.fetchedAt) },
    refusal: refusal && { ...refusal, retryAt: refusal.retryAt === null ? null : iso(refusal.retryAt) },
    answer: answerTo(note),
    change: change && shownChange(change),
    probe,
    deleted,
  };
}

function shownChange({ status, visibility, relation, ended, answers }: NotedChange): NotedChange {
  return { status, visibility, relation, ended, answers };
}

/** What the sender was answered. */
function answerTo({ origin, request, outcome, refusal }: ArrivalNote): ArrivalView['answer'] {
  if (request === null || !['inbox', 'sync', 'access'].includes(origin)) return null;
  if (refusal === null || outcome === 'parked') return { status: origin === 'sync' ? 201 : 202, code: null };
  const { status, wire } = errorTraits(refusal.code);
  return { status, code: wire };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
