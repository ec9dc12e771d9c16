/** Notes what became of an arrival, and logs a refusal. */
import { type Check, isFailed } from '../../protocol/check.ts';
import { isCodeOf } from '../../protocol/error-table.ts';
import { CloudilloError, errorToObject } from '../../protocol/errors.ts';
import { LARGE_PROBE_TOKEN, PROBE_TOKEN } from '../../protocol/probe-token.ts';
import { beginningOf } from '../../protocol/well-formed.ts';
import type { ArrivalNote, ArrivalOutcome, NotedChange, NotedRefusal } from '../../store/model/arrival-note.ts';
import type { JournalEvent } from '../../store/model/events.ts';
import type { Deps } from '../runtime/deps.ts';
import type { ArrivedToken } from './arrival.ts';
import type { ArrivalFacts } from './arrival-facts.ts';
import type { Receipt } from './receipt.ts';

type NoteDeps = Pick<Deps, 'arrivals' | 'clock' | 'log'>;

/** The longest texts of a note, in characters. A stranger chooses most of them. */
const MOST = { name: 256, type: 64, message: 400, listed: 20 } as const;

/** What is noted of a token as it came. */
export type NotedToken = Pick<ArrivedToken, 'tenant' | 'token' | 'request' | 'staysParked'> &
  Pick<ArrivalNote, 'origin'>;

/** How an arrival ended: with a receipt, or with an error. */
export type ArrivalEnd = { receipt: Receipt } | { error: unknown };

/** Notes an arrival that ended just now. @param began when it began, by `performance.now()` */
export function noteArrival(deps: NoteDeps, arrived: NotedToken, facts: ArrivalFacts, end: ArrivalEnd, began: number) {
  const ms = Math.round((performance.now() - began) * 100) / 100;
  const now = deps.clock.wall();
  const { decoded, key, checks = [] } = facts;
  const { passed, failed } = outcomesOf(checks);
  const reason = 'error' in end ? end.error : facts.parkedFor;
  // Each field is written out: a copy with 20 fields is slow.
  const note: ArrivalNote = {
    at: now - Math.round(ms),
    ms,
    outcome: outcomeOf(arrived, facts, end),
    times: 1,
    origin: arrived.origin,
    tenant: arrived.tenant,
    address: arrived.request?.address ?? null,
    request: arrived.request?.id ?? null,
    actionId: decoded?.actionId ?? null,
    issuer: textOf(decoded?.claims.iss, MOST.name),
    type: textOf(decoded?.claims.t, MOST.type),
    bytes: arrived.token.length,
    verified: facts.verified ?? false,
    stages: facts.stages,
    passed,
    failed,
    key: key
      ? { id: beginningOf(key.id, MOST.name), source: key.source, fetchedAt: key.profile?.fetchedAt ?? null }
      : null,
    rule: facts.rule ?? null,
    refusal: reason === undefined ? null : notedRefusal(reason, now),
    change: facts.stored && 'receipt' in end ? changeOf(facts.stored) : null,
  };
  if (isProbe(arrived, end)) note.probe = true;
  deps.arrivals.note(note);
  if ('error' in end) logRefusal(deps, note);
}

/** Whether it is the text with which `doctor` tries an inbox. Nothing else is taken for one, so that nobody hides a token that was refused. */
function isProbe({ token }: NotedToken, end: ArrivalEnd): boolean {
  return (token === PROBE_TOKEN || token === LARGE_PROBE_TOKEN) && 'error' in end;
}

/** Logs a refusal as one line. What stays parked has a line of its own. */
export function logRefusal({ log }: Pick<NoteDeps, 'log'>, note: ArrivalNote): void {
  if (note.outcome !== 'refused' && note.outcome !== 'rate-limited') return;
  const { tenant, issuer, type, actionId, refusal, request: reqId, address: ip, origin } = note;
  const { code, check, stage, blame, message, retryAt } = refusal ?? {};
  const why = { code, check, stage, blame, message, ...(retryAt && { retryAt: new Date(retryAt).toISOString() }) };
  // An inbox that is watched from elsewhere is tried every minute: nobody has to act on that.
  log(note.probe ? 'info' : 'warn', note.probe ? 'probe refused' : 'arrival refused', {
    tenant,
    issuer,
    type,
    actionId,
    ...why,
    reqId,
    ip,
    origin,
  });
}

/** The error of a refusal in the form of a note. @param now unix milliseconds */
export function notedRefusal(error: unknown, now: number): NotedRefusal {
  const known = error instanceof CloudilloError ? error : new CloudilloError('internal.unexpected', 'Unexpected error');
  const { facts, ...refusal } = known.refusal(now);
  const { message } = errorToObject(known);
  return { ...refusal, message: withoutContent(message), step: textOf(facts['step'], MOST.type) };
}

/** Whether the error is a limit rather than a refusal. */
export function outcomeOfError(error: unknown): 'refused' | 'rate-limited' {
  return error instanceof CloudilloError && isCodeOf(error.code, 'rate') ? 'rate-limited' : 'refused';
}

const OUTCOMES: Record<Receipt['outcome'], ArrivalOutcome> = {
  stored: 'accepted',
  announced: 'accepted',
  ignored: 'ignored',
  duplicate: 'repeated',
  parked: 'parked',
};

function outcomeOf({ staysParked }: NotedToken, { shared }: ArrivalFacts, end: ArrivalEnd): ArrivalOutcome {
  if ('error' in end) return staysParked?.(end.error) ? 'parked' : outcomeOfError(end.error);
  const outcome = OUTCOMES[end.receipt.outcome];
  return shared && outcome === 'accepted' ? 'repeated' : outcome;
}

/** A reason without what it quotes from an action's content. */
function withoutContent(reason: string): string {
  return beginningOf(reason.replaceAll(/\bvalue '.*?' not in\b/gs, 'value not in'), MOST.message);
}

function outcomesOf(checks: readonly Check[]): Pick<ArrivalNote, 'passed' | 'failed'> {
  const passed: ArrivalNote['passed'] = [];
  const failed: ArrivalNote['failed'] = [];
  for (const check of checks) {
    if (check.status === 'pass') passed.push(check.id);
    else if (isFailed(check)) failed.push([check.id, withoutContent(check.reason)]);
  }
  return { passed, failed };
}

function textOf(value: unknown, most: number): string | null {
  return typeof value === 'string' ? beginningOf(value, most) : null;
}

function changeOf(events: readonly JournalEvent[]): NotedChange {
  const change: NotedChange = { status: null, visibility: null, relation: null, ended: [], answers: [] };
  for (const event of events) {
    if (event.kind === 'action' && event.direction === 'in') {
      change.status = event.status;
      change.visibility = event.visibility ?? null;
    } else if (event.kind === 'action' && change.answers.length < MOST.listed) {
      const type = textOf(event.decoded?.claims.t, MOST.type) ?? '?';
      change.answers.push({ actionId: event.actionId, type, recipients: recipientsOf(events, event.actionId) });
    } else if (event.kind === 'relation') {
      const { following, follower, connected } = event;
      change.relation = { following, follower, connected };
    } else if (event.kind === 'status' && change.ended.length < MOST.listed) {
      change.ended.push(event.actionId);
    }
  }
  return change;
}

function recipientsOf(events: readonly JournalEvent[], actionId: string): number {
  const recipients = new Set<string>();
  for (const event of events) {
    if (event.kind === 'delivery' && event.actionId === actionId) recipients.add(event.to);
    if (event.kind === 'deliveries' && event.actionId === actionId) for (const to of event.to) recipients.add(to);
  }
  return recipients.size;
}
