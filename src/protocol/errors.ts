/** The one error type that crosses layers, and its form as data. */
import { type Blame, type ErrorCode, errorTraits } from './error-table.ts';
import type { Refusal, RefusalCheck, Stage } from './refusal.ts';

/** The fields of an error besides its code and message. */
export interface ErrorDetails {
  /** The step that failed. */
  stage?: Stage | undefined;
  /** The check that failed. */
  check?: RefusalCheck | undefined;
  /** Who is at fault. Default: as the table of errors says. */
  blame?: Blame | undefined;
  /** Whether the same call may succeed later, unchanged. Default: as the table of errors says. */
  retryable?: boolean;
  /** The next step for the user, as one sentence or one command. Default: as the table of errors says. */
  hint?: string;
  /** Seconds after which a retry makes sense (from `Retry-After`). */
  retryAfter?: number;
  /** The same as a time in unix milliseconds, where a peer gave one. */
  retryAt?: number | undefined;
  /** Structured facts for `--json`: host, status, path. Never a secret. */
  details?: Record<string, unknown>;
  cause?: unknown;
}

/**
 * The one error type that crosses layers. `code` is `<area>.<what>` (`dns.nxdomain`, `tls.untrusted`, `store.full`), a row of the
 * table of errors (`error-table.ts`). That table decides the exit code and the HTTP status.
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

  /** The error as data, without words for people. @param now unix milliseconds; `retryAfter` counts from then */
  refusal(now: number): Refusal {
    const { code, check = null, stage = null, blame, retryAfter, details: facts = {} } = this;
    const retryAt = this.retryAt ?? (retryAfter === undefined ? null : now + retryAfter * 1000);
    return { code, check, stage, blame, retryAt, facts };
  }
}

/**
 * A copy of the error with facts that only the caller knows: the stage of the arrival that it ended, and the check.
 * @param place its `facts` are added to those of the error
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
  // A log has to show where the error was thrown first.
  if (error.stack !== undefined) placed.stack = error.stack;
  return placed;
}

/** An error as `--json` prints it and as the control door sends it. */
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

/** Converts an error to an object. Any other error becomes `internal.unexpected`, with its message as the cause. */
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

/** The inverse of {@link errorToObject}: an error that comes through the control door is thrown again as it was. */
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
