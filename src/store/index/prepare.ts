/** Prepares events for the index. */
import { actionKey } from '../../protocol/action-types.ts';
import { type ActionClaims, assertClaims, withoutNulls } from '../../protocol/claims.ts';
import { actionId } from '../../protocol/content-id.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { decodeToken, signingInputHash } from '../../protocol/token.ts';
import { VISIBILITIES } from '../../protocol/visibility.ts';
import { isKnownKind } from '../model/event-codecs.ts';
import {
  type ActionEvent,
  type ActionStatus,
  type AliasEvent,
  type JournalEvent,
  STATUSES,
  type TraceEvent,
} from '../model/events.ts';
import type { PreparedAction } from './action-table.ts';

/**
 * Extracts from new events what the index needs, so that applying them later can't fail. null for all events but actions.
 * @throws {CloudilloError} `store.event` | `token.malformed` | `token.claims`
 */
export function prepareEvents(events: readonly JournalEvent[]): (PreparedAction | null)[] {
  return events.map((event) => {
    const problem = eventProblem(event);
    if (problem) throw new CloudilloError('store.event', `An event can't be stored: ${problem}`, { stage: 'store' });
    if (event.kind === 'alias') assertItsId(event, actionId(event.token));
    return event.kind === 'action' ? prepareNew(event) : null;
  });
}

/** They stand in the place of other events, or before all others of a segment. */
const WRITTEN_BY_COMPACTION: ReadonlySet<string> = new Set(['trace', 'twin', 'circuits']);

/** The fault of an event that would break the journal or the index, which write and index these fields as they are. */
function eventProblem(event: JournalEvent): string | null {
  if (!isKnownKind(event.kind)) return `there is no kind ${JSON.stringify(event.kind)}`;
  if (WRITTEN_BY_COMPACTION.has(event.kind)) return `${event.kind} is written by a compaction only`;
  if (typeof event.tenant !== 'string' || event.tenant === '') return 'it has no tenant';
  const { status, direction, visibility, receivedAt } = event as Partial<ActionEvent>;
  if ('status' in event && !STATUSES.includes(status as ActionStatus)) return `there is no status ${status}`;
  if (event.kind !== 'action') return null;
  if (direction !== 'in' && direction !== 'out') return `there is no direction ${direction}`;
  if (visibility !== undefined && !VISIBILITIES.includes(visibility)) return `there is no visibility ${visibility}`;
  return Number.isFinite(receivedAt) ? null : 'it has no time of arrival';
}

function prepareNew(event: ActionEvent): PreparedAction {
  const { actionId, claims, signingHash } =
    event.decoded?.token === event.token ? event.decoded : decodeToken(event.token);
  assertClaims(claims);
  assertItsId(event, actionId);
  return prepared(event, claims, signingHash);
}

function assertItsId(event: ActionEvent | AliasEvent, id: string): void {
  if (id === event.actionId) return;
  throw new CloudilloError('store.event', `The token given as ${event.actionId} is ${id}`, { stage: 'store' });
}

/**
 * The same for a stored event. The hash of its record proves the bytes, which were checked at their arrival.
 * @throws Error when it isn't a token
 */
export function prepareStored(event: ActionEvent): PreparedAction {
  return prepared(event, storedClaims(event.token), signingInputHash(event.token));
}

/** The same for what a compaction left of an action. */
export function prepareTrace(trace: TraceEvent): PreparedAction {
  const { tenant, actionId, direction, receivedAt, status, visibility, claims, bytes } = trace;
  const event: ActionEvent = {
    kind: 'action',
    tenant,
    actionId,
    token: '',
    direction,
    receivedAt,
    status,
    ...(visibility !== undefined && { visibility }),
  };
  const full = claims as ActionClaims;
  const key =
    trace.key === undefined ? actionKey(full) : { digest: Buffer.from(trace.key, 'base64url').toString('latin1') };
  return { event, claims: full, signing: hashIn(trace), key, isErased: true, bytes };
}

/** The hash of a signing input, one character for each byte. */
export function hashIn({ signing }: Pick<TraceEvent, 'signing'>): string {
  return Buffer.from(signing, 'base64url').toString('latin1');
}

const PAYLOAD = Buffer.alloc(16 * 1024);

/** The claims of a stored token. @throws Error when it isn't one */
export function storedClaims(token: string): ActionClaims {
  const start = token.indexOf('.') + 1;
  const payload = token.slice(start, token.indexOf('.', start));
  const room = payload.length <= PAYLOAD.length ? PAYLOAD : Buffer.alloc(payload.length);
  return withoutNulls(JSON.parse(room.toString('utf8', 0, room.write(payload, 'base64url'))) as ActionClaims);
}

function prepared(event: ActionEvent, claims: ActionClaims, signing: string): PreparedAction {
  return { event, claims, signing, key: actionKey(claims), isErased: false, bytes: event.token.length };
}
