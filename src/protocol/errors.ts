import { type ErrorCode, errorTraits } from './error-table.ts';

/**
 * Where in a flow something failed. Errors name it so that a reader knows which machine, file or record to look at.
 */
export type Stage =
  | 'input'
  | 'home'
  | 'store'
  | 'dns'
  | 'connect'
  | 'tls'
  | 'request'
  | 'response'
  | 'profile'
  | 'key'
  | 'token'
  | 'signature'
  | 'permission'
  | 'delivery'
  | 'server';

/** What an error carries besides its message. */
export interface ErrorDetails {
  /** The step that failed. */
  stage?: Stage;
  /** May the same call succeed later, unchanged? Default: as the table of errors says. */
  retryable?: boolean;
  /** What the user can do next, as one sentence or one command. Default: as the table of errors says. */
  hint?: string;
  /** Seconds after which a retry makes sense (from `Retry-After`). */
  retryAfter?: number;
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
  readonly retryable: boolean;
  readonly hint: string | undefined;
  readonly retryAfter: number | undefined;
  readonly details: Record<string, unknown> | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    { stage, retryable, hint, retryAfter, details, cause }: ErrorDetails = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.stage = stage;
    const traits = errorTraits(code);
    this.retryable = retryable ?? traits.retryable;
    this.hint = hint ?? traits.hint;
    this.retryAfter = retryAfter;
    this.details = details;
  }
}

/** An error as it is written to stdout with `--json` and sent through the control door. */
export interface ErrorObject {
  code: ErrorCode;
  message: string;
  stage?: Stage;
  retryable: boolean;
  hint?: string;
  retryAfter?: number;
  details?: Record<string, unknown>;
  cause?: string;
}

/** `CloudilloError` → plain object; anything else becomes `internal.unexpected` with its message as the cause. */
export function errorToObject(error: unknown): ErrorObject {
  if (!(error instanceof CloudilloError)) {
    return { code: 'internal.unexpected', message: 'Unexpected error', retryable: false, cause: causeText(error) };
  }
  return {
    code: error.code,
    message: error.message,
    ...(error.stage && { stage: error.stage }),
    retryable: error.retryable,
    ...(error.hint && { hint: error.hint }),
    ...(error.retryAfter !== undefined && { retryAfter: error.retryAfter }),
    ...(error.details && { details: error.details }),
    ...(error.cause !== undefined && { cause: causeText(error.cause) }),
  };
}

/** The inverse of {@link errorToObject}: what comes back through the control door is thrown again as it was. */
export function errorFromObject({ cause, ...rest }: ErrorObject): CloudilloError {
  return new CloudilloError(rest.code, rest.message, {
    ...rest,
    ...(cause !== undefined && { cause: new Error(cause) }),
  });
}

function causeText(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = (cause as { code?: unknown }).code;
  const own = typeof code === 'string' && !cause.message.includes(code) ? `${code}: ${cause.message}` : cause.message;
  return cause.cause === undefined ? own : `${own} (${causeText(cause.cause)})`;
}
