/** Converts errors to HTTP answers (specification: Envelope and errors). */
import { failure } from '../../protocol/envelope.ts';
import { errorTraits, isCodeOf } from '../../protocol/error-table.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { beginningOf } from '../../protocol/well-formed.ts';
import type { WireErrorCode } from '../../protocol/wire-error.ts';

/** An error as an HTTP answer. */
export interface ErrorResponse {
  status: number;
  code: WireErrorCode;
  message: string;
  details?: Record<string, unknown>;
  /** In seconds, for `Retry-After`. */
  retryAfter?: number;
  /** Further headers that the status demands (`Allow`, `Content-Range`). */
  headers?: Record<string, string>;
}

/** Fixed messages where the error's own would reveal internals to a stranger. */
const FIXED: Partial<Record<WireErrorCode, string>> = {
  'E-CORE-INTERNAL': 'Internal server error',
  'E-SYS-UNAVAIL': 'Service temporarily unavailable',
};

/** The network's own messages, as recorded. */
const NETWORK_WORDS: Partial<Record<WireErrorCode, string>> = {
  'E-VAL-INVALID': 'Request validation failed',
  'E-AUTH-UNAUTH': 'Authentication required or invalid token',
  'E-AUTH-NOPERM': 'You do not have permission to access this resource',
};

/** In UTF-16 units. */
const MAX_MESSAGE = 1000;

/** Seconds for `Retry-After` where the error has none. */
const DEFAULT_RETRY_AFTER = 60;

/**
 * The status, code and message of any error, from the table of errors (specification: Envelope and errors). An unknown error is a
 * 500 without details.
 */
export function errorResponse(error: unknown): ErrorResponse {
  if (!(error instanceof CloudilloError)) return frameworkError(error) ?? internal();
  const { wire: code, status } = errorTraits(error.code);
  if (code === 'E-CORE-INTERNAL') return internal();
  const { allow, size, remainingSecs } = error.details ?? {};
  const retryAfter = error.retryAfter ?? (code === 'E-SYS-UNAVAIL' ? DEFAULT_RETRY_AFTER : undefined);
  return {
    status,
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
  // The message may quote a stranger's bytes, and a peer checks whether the body parses.
  return JSON.stringify(failure(code, beginningOf(message, MAX_MESSAGE), details));
}

/**
 * The message for an unavailable service whose reason may be told: why the server isn't ready, or that the sender's own instance
 * couldn't be reached, without how it was tried.
 */
function unavailableReason(error: CloudilloError): string | null {
  if (error.code === 'server.not-ready') return `Service temporarily unavailable: ${error.message}`;
  if (!isCodeOf(error.code, 'dns', 'network', 'tls', 'peer')) return null;
  const { seenAt } = error.details ?? {};
  const again = error.retryAfter === undefined ? '' : `, and is asked again in ${error.retryAfter} s`;
  const remembered = typeof seenAt === 'string' ? `; it failed at ${seenAt}${again}` : '';
  return `Service temporarily unavailable: another instance could not be asked (${error.code})${remembered}`;
}

/** The network's message, which clients may know, followed by the reason. */
function inNetworkWords({ code, message }: CloudilloError, wireCode: WireErrorCode): string {
  const words = isCodeOf(code, 'request') ? undefined : NETWORK_WORDS[wireCode];
  return words === undefined || message.startsWith(words) ? message : `${words}: ${message}`;
}

function internal(): ErrorResponse {
  return { status: 500, code: 'E-CORE-INTERNAL', message: 'Internal server error' };
}

/** Refusals of Fastify itself (body, content type, schema) have a status below 500. */
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
