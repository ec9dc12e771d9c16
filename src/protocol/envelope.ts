import { CloudilloError } from './errors.ts';
import { isJsonObject } from './json-object.ts';

export { type Cursor, decodeCursor, encodeCursor } from './cursor.ts';

/** What every envelope carries besides its data. */
export interface EnvelopeMeta {
  now: Date;
  reqId: string;
}

/** A successful answer. Without `time` the network's server takes it for a parse error. */
export interface Envelope {
  data: unknown;
  /** Of a page of a list; how far it tells more is the route's affair. */
  cursorPagination?: unknown;
  /** ISO 8601, whole seconds, UTC. */
  time: string;
  reqId: string;
}

/** An error answer. */
export interface ErrorEnvelope {
  error: { code: string; message: string; details?: unknown };
}

/** Wraps data, and what tells where a page of it stands. */
export function success(
  data: unknown,
  { now, reqId }: EnvelopeMeta,
  page?: Pick<Envelope, 'cursorPagination'>,
): Envelope {
  return { data, ...page, time: wireTime(now), reqId };
}

/** Wraps an error. */
export function failure(code: string, message: string, details?: unknown): ErrorEnvelope {
  return { error: { code, message, ...(details !== undefined && { details }) } };
}

/**
 * The data of an answer: an envelope's, or the bare value that older servers send.
 *
 * @throws `peer.error` for an error envelope, with the peer's own code and message
 */
export function unwrap(json: unknown): unknown {
  if (!isJsonObject(json)) return json;
  const error = wireErrorOf(json);
  if (error !== null) {
    throw new CloudilloError('peer.error', `The peer answered ${error.code}: ${error.message}`, {
      retryable: false,
      stage: 'response',
      details: error,
    });
  }
  return isEnvelope(json) ? json.data : json;
}

/** The error in an answer's body, or `null` when it isn't an error envelope. */
export function wireErrorOf(json: unknown): { code: string; message: string; details?: unknown } | null {
  if (!isJsonObject(json) || !isJsonObject(json.error)) return null;
  const { code, message, details } = json.error;
  if (typeof code !== 'string') return null;
  return {
    code,
    message: typeof message === 'string' ? message : '',
    ...(details !== undefined && { details }),
  };
}

/** Whole seconds, as the network writes times: `2026-01-31T12:00:00Z`. */
export function wireTime(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

/** `data` with `time`, `reqId` or nothing beside it; a bare value may have a property of that name too. */
function isEnvelope(json: Record<string, unknown>): boolean {
  if (!Object.hasOwn(json, 'data')) return false;
  return Object.hasOwn(json, 'time') || Object.hasOwn(json, 'reqId') || Object.keys(json).length === 1;
}
