import { type Blame, type ErrorCode, errorTraits } from './error-table.ts';
import type { Refusal, RefusalCheck, Stage } from './refusal.ts';

/** What an error carries besides its message. */
export interface ErrorDetails {
  /** The step that failed. */
  stage?: Stage | undefined;
  /** The question that was answered with no. */
  check?: RefusalCheck | undefined;
  /** Who is at fault. Default: as the table of errors says. */
  blame?: Blame | undefined;
  /** May the same call succeed later, unchanged? Default: as the table of errors says. */
  retryable?: boolean;
  /** What the user can do next, as one sentence or one command. Default: as the table of errors says. */
  hint?: string;
  /** Seconds after which a retry makes sense (from `Retry-After`). */
  retryAfter?: number;
  /** The same as a time, unix milliseconds, where a peer gave it. */
  retryAt?: number | undefined;
  /** Structured facts for `--json`: host, status, path. Never a secret. */
  details?: Record<string, unknown>;
  cause?: unknown;
}

/**
 * The one error type that crosses layers. `code` is `<area>.<what>` (`dns.nxdomain`, `tls.untrusted`, `store.full`): a row of the
 * table of errors (`error-table.ts`), which decides the exit code and the HTTP status.
 */
export class CloudilloError extends Error {
  override readonly name = 'CloudilloError';
  readonly code: ErrorCode;
  readonly stage: Stage | undefined;
  readonly check: RefusalCheck | undefined;
  readonly blame: Blame;
  readonly retryable: boolean;
  readonly hint: string | undefined;
  readonly retryAfter: number | undefined;
  readonly retryAt: number | undefined;
  readonly details: Record<string, unknown> | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    { stage, check, blame, retryable, hint, retryAfter, retryAt, details, cause }: ErrorDetails = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.stage = stage;
    this.check = check;
    const traits = errorTraits(code);
    this.blame = blame ?? traits.blame;
    this.retryable = retryable ?? traits.retryable;
    this.hint = hint ?? traits.hint;
    this.retryAfter = retryAfter;
    this.retryAt = retryAt;
    this.details = details;
  }

  /** The error without words for people. @param now unix milliseconds, from which `retryAfter` counts */
  refusal(now: number): Refusal {
    const { code, check = null, stage = null, blame, retryAfter, details: facts = {} } = this;
    const retryAt = this.retryAt ?? (retryAfter === undefined ? null : now + retryAfter * 1000);
    return { code, check, stage, blame, retryAt, facts };
  }
}

/**
 * The same error with what its caller knows better: which stage of an arrival it ended, by which check.
 * @param place `facts` are added to those that there are
 */
export function refusedAt(
  error: CloudilloError,
  {
    facts,
    ...place
  }: Pick<ErrorDetails, 'stage' | 'check' | 'blame' | 'retryAt'> & { facts?: Record<string, unknown> },
): CloudilloError {
  const { code, message, stage, check, blame, retryable, hint, retryAfter, retryAt, cause } = error;
  const details = facts || error.details ? { ...error.details, ...facts } : undefined;
  const placed = new CloudilloError(code, message, {
    ...{ stage, check, blame, retryable, retryAt, cause },
    ...(hint !== undefined && { hint }),
    ...(retryAfter !== undefined && { retryAfter }),
    ...(details && { details }),
    ...place,
  });
  // Where it was thrown first is what a log has to show.
  if (error.stack !== undefined) placed.stack = error.stack;
  return placed;
}

/** An error as it is written to stdout with `--json` and sent through the control door. */
export interface ErrorObject {
  code: ErrorCode;
  message: string;
  stage?: Stage;
  check?: RefusalCheck;
  blame?: Blame;
  retryable: boolean;
  hint?: string;
  retryAfter?: number;
  /** ISO 8601. */
  retryAt?: string;
  details?: Record<string, unknown>;
  cause?: string;
}

/** `CloudilloError` → plain object; anything else becomes `internal.unexpected` with its message as the cause. */
export function errorToObject(error: unknown): ErrorObject {
  if (!(error instanceof CloudilloError)) {
    const cause = causeText(error);
    return { code: 'internal.unexpected', message: 'Unexpected error', blame: 'us', retryable: false, cause };
  }
  return {
    code: error.code,
    message: error.message,
    ...(error.stage && { stage: error.stage }),
    ...(error.check && { check: error.check }),
    blame: error.blame,
    retryable: error.retryable,
    ...(error.hint && { hint: error.hint }),
    ...(error.retryAfter !== undefined && { retryAfter: error.retryAfter }),
    ...(error.retryAt !== undefined && { retryAt: new Date(error.retryAt).toISOString() }),
    ...(error.details && { details: error.details }),
    ...(error.cause !== undefined && { cause: causeText(error.cause) }),
  };
}

/** The inverse of {@link errorToObject}: what comes back through the control door is thrown again as it was. */
export function errorFromObject({ cause, retryAt, ...rest }: ErrorObject): CloudilloError {
  return new CloudilloError(rest.code, rest.message, {
    ...rest,
    ...(retryAt !== undefined && { retryAt: Date.parse(retryAt) }),
    ...(cause !== undefined && { cause: new Error(cause) }),
  });
}

function causeText(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = (cause as { code?: unknown }).code;
  const own = typeof code === 'string' && !cause.message.includes(code) ? `${code}: ${cause.message}` : cause.message;
  return cause.cause === undefined ? own : `${own} (${causeText(cause.cause)})`;
}
