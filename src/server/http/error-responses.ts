import { failure } from '../../protocol/envelope.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { beginningOf } from '../../protocol/well-formed.ts';
import { WIRE_ERRORS, type WireErrorCode } from '../../protocol/wire-error.ts';

/** An error as it goes over the wire. */
export interface ErrorResponse {
  status: number;
  code: WireErrorCode;
  message: string;
  details?: Record<string, unknown>;
  /** Seconds, for `Retry-After`. */
  retryAfter?: number;
  /** Further headers the status demands (`Allow`, `Content-Range`). */
  headers?: Record<string, string>;
}

/** Codes whose wire code isn't told by their area alone. */
const BY_CODE: Record<string, WireErrorCode> = {
  'token.algorithm': 'E-AUTH-UNAUTH',
  'token.signature': 'E-AUTH-UNAUTH',
  'token.key-unknown': 'E-AUTH-UNAUTH',
  'token.key-curve': 'E-AUTH-UNAUTH',
  'token.key-expired': 'E-AUTH-UNAUTH',
  'token.expired': 'E-AUTH-UNAUTH',
  'token.proof-of-work': 'E-POW-REQUIRED',
  'rate.banned': 'E-RATE-BANNED',
  'rate.limited': 'E-RATE-LIMITED',
  'rate.busy': 'E-SYS-UNAVAIL',
  'server.not-ready': 'E-SYS-UNAVAIL',
  'key.malformed': 'E-AUTH-UNAUTH',
  'key.curve': 'E-AUTH-UNAUTH',
  'store.full': 'E-SYS-UNAVAIL',
  'store.blob-size': 'E-VAL-INVALID',
  'store.io': 'E-SYS-UNAVAIL',
  'request.not-found': 'E-CORE-NOTFOUND',
  'request.timeout': 'E-NET-TIMEOUT',
  'read.not-found': 'E-CORE-NOTFOUND',
  'store.no-action': 'E-CORE-NOTFOUND',
  'check.state': 'E-CORE-CONFLICT',
  'check.flags': 'E-VAL-INVALID',
  'read.gone': 'E-CORE-GONE',
  'read.range': 'E-VAL-INVALID',
};

/** Where the wire code stands for several statuses. */
const STATUS_BY_CODE: Record<string, number> = { 'read.range': 416, 'store.blob-size': 413 };

/** The area of a code (`token`, `dns`, …) → what a caller is told. */
const BY_AREA: Record<string, WireErrorCode> = {
  token: 'E-VAL-INVALID',
  request: 'E-VAL-INVALID',
  usage: 'E-VAL-INVALID',
  auth: 'E-AUTH-UNAUTH',
  permission: 'E-AUTH-NOPERM',
  // The issuer's instance couldn't be asked for its key: nothing is known about the token yet.
  dns: 'E-SYS-UNAVAIL',
  network: 'E-SYS-UNAVAIL',
  tls: 'E-SYS-UNAVAIL',
  peer: 'E-SYS-UNAVAIL',
};

/** Fixed words where ours would tell a stranger about the inside. */
const FIXED: Partial<Record<WireErrorCode, string>> = {
  'E-CORE-INTERNAL': 'Internal server error',
  'E-SYS-UNAVAIL': 'Service temporarily unavailable',
};

/** As recorded. */
const NETWORK_WORDS: Partial<Record<WireErrorCode, string>> = {
  'E-VAL-INVALID': 'Request validation failed',
  'E-AUTH-UNAUTH': 'Authentication required or invalid token',
  'E-AUTH-NOPERM': 'You do not have permission to access this resource',
};

/** UTF-16 units. */
const MAX_MESSAGE = 1000;

/** Retry after this many seconds when nothing better is known. */
const DEFAULT_RETRY_AFTER = 60;

/** Any error → status, code and words (specification: Envelope and errors). What isn't known is 500 and says nothing. */
export function errorResponse(error: unknown): ErrorResponse {
  if (!(error instanceof CloudilloError)) return frameworkError(error) ?? internal();
  const code = BY_CODE[error.code] ?? BY_AREA[error.code.split('.', 1)[0] ?? ''];
  if (code === undefined) return internal();
  const { status, allow, size, remainingSecs } = error.details ?? {};
  const retryAfter = error.retryAfter ?? (code === 'E-SYS-UNAVAIL' ? DEFAULT_RETRY_AFTER : undefined);
  return {
    status:
      STATUS_BY_CODE[error.code] ?? (isRequestError(error) && typeof status === 'number' ? status : WIRE_ERRORS[code]),
    code,
    message: unavailableReason(error) ?? FIXED[code] ?? inNetworkWords(error, code),
    ...(remainingSecs !== undefined && { details: { remainingSecs } }),
    ...(retryAfter !== undefined && { retryAfter }),
    headers: {
      ...(typeof allow === 'string' && { allow }),
      ...(error.code === 'read.range' && { 'content-range': `bytes */${size}` }),
    },
  };
}

/** The body of an error answer. */
export function errorBody({ code, message, details }: ErrorResponse): string {
  // It may quote what a stranger sent, and a peer looks at whether this parses.
  return JSON.stringify(failure(code, beginningOf(message, MAX_MESSAGE), details));
}

/** Errors of the HTTP layer itself name their status. */
function isRequestError({ code }: CloudilloError): boolean {
  return code.startsWith('request.');
}

/** A sender should learn that it is its own instance that couldn't be reached, but not by what means we tried. */
function unavailableReason(error: CloudilloError): string | null {
  if (!['dns', 'network', 'tls', 'peer'].includes(error.code.split('.', 1)[0] ?? '')) return null;
  return `Service temporarily unavailable: another instance could not be asked (${error.code})`;
}

/** The network's words first, which clients may know; then ours, which say why. */
function inNetworkWords({ code, message }: CloudilloError, wireCode: WireErrorCode): string {
  const words = code.startsWith('request.') ? undefined : NETWORK_WORDS[wireCode];
  return words === undefined || message.startsWith(words) ? message : `${words}: ${message}`;
}

function internal(): ErrorResponse {
  return { status: 500, code: 'E-CORE-INTERNAL', message: 'Internal server error' };
}

/** Fastify's own refusals (body, content type, schema) carry a status below 500. */
function frameworkError(error: unknown): ErrorResponse | null {
  const { statusCode, code } = (error ?? {}) as { statusCode?: unknown; code?: unknown };
  if (typeof statusCode !== 'number' || statusCode < 400) return null;
  if (statusCode === 503) return { status: 503, code: 'E-SYS-UNAVAIL', message: 'Service stopping', retryAfter: 5 };
  if (statusCode >= 500) return null;
  return { status: statusCode, code: 'E-VAL-INVALID', message: frameworkMessage(error, statusCode, code) };
}

function frameworkMessage(error: unknown, status: number, code: unknown): string {
  if (status === 413) return 'The request body is too large';
  if (status === 415) return 'The content type must be application/json';
  if (code === 'FST_ERR_VALIDATION') return `Request validation failed: ${(error as Error).message}`;
  return 'The request is malformed';
}
