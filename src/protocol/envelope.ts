/** The JSON around every answer (specification: Envelope and errors). */
import { CloudilloError } from './errors.ts';
import { isJsonObject } from './json-object.ts';

/** The fields of an envelope besides its data. */
export interface EnvelopeMeta {
  now: Date;
  reqId: string;
}

/** A successful answer. The network's server takes an answer without `time` for a parse error. */
export interface Envelope {
  data: unknown;
  /** On a page of a list: how to ask for the next page. The shape is up to the route. */
  cursorPagination?: unknown;
  /** ISO 8601, UTC, whole seconds. */
  time: string;
  reqId: string;
}

/** An error answer. */
export interface ErrorEnvelope {
  error: { code: string; message: string; details?: unknown };
}

/** Wraps the data of an answer, with the pagination of a page. */
export function success(
  data: unknown,
  { now, reqId }: EnvelopeMeta,
  page?: Pick<Envelope, 'cursorPagination'>,
): Envelope {
  return { data, ...page, time: wireTime(now), reqId };
}

/** Wraps the code and the message of an error. */
export function failure(code: string, message: string, details?: unknown): ErrorEnvelope {
  return { error: { code, message, ...(details !== undefined && { details }) } };
}

/**
 * The data of an answer: that of an envelope, or the bare value that older servers send.
 * @throws CloudilloError `peer.error` for an error envelope, with the peer's own code and message
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

/** The error in the body of an answer; `null` when the body is not an error envelope. */
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

/** A time as the network writes it, in whole seconds: `2026-01-31T12:00:00Z`. */
export function wireTime(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

/** An envelope has `data` with `time`, with `reqId` or alone. A bare value may have a property of that name, too. */
function isEnvelope(json: Record<string, unknown>): boolean {
  if (!Object.hasOwn(json, 'data')) return false;
  return Object.hasOwn(json, 'time') || Object.hasOwn(json, 'reqId') || Object.keys(json).length === 1;
}
