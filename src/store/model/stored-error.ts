/** Errors and answers of peers as the journal keeps them. */
import { type Blame, type ErrorCode, errorTraits } from '../../protocol/error-table.ts';
import type { ErrorObject } from '../../protocol/errors.ts';
import type { Stage } from '../../protocol/refusal.ts';

/** A stored error. Another version may have written a code that the table of errors lacks. */
export interface StoredError {
  code: ErrorCode;
  message: string;
  stage?: Stage;
  blame?: Blame;
  /** The time that the peer named for the next request, unix milliseconds. */
  retryAt?: number;
  /** The facts of a peer's answer that decide what happens next. None is longer than a word. */
  facts?: StoredFacts;
}

/** Facts of an answer. */
export interface StoredFacts {
  /** The HTTP status. */
  status?: number;
  /** The peer's own code: `E-…`. */
  peerCode?: string;
  /** How many letters `A` the peer demands at the end of a CONN. */
  work?: number;
  /** The peer's ID of the request: its operator finds it in the log there. */
  requestId?: string;
}

/** What a peer said when it took an action. */
export interface StoredAnswer {
  /** The peer's ID of the request. */
  requestId?: string;
  /** The peer couldn't verify the action, and tries again then. Unix milliseconds. */
  parkedUntil?: number;
}

/** Makes the stored form of an error: its refusal and its message. */
export function storedError({ code, message, stage, blame, retryAt, details }: ErrorObject): StoredError {
  const { status, peerCode, work, requestId } = (details ?? {}) as StoredFacts;
  const facts: StoredFacts = {
    ...(status !== undefined && { status }),
    ...(peerCode !== undefined && { peerCode }),
    ...(work !== undefined && { work }),
    ...(requestId !== undefined && { requestId }),
  };
  return {
    code,
    message,
    ...(stage && { stage }),
    ...(blame && { blame }),
    ...(retryAt !== undefined && { retryAt: Date.parse(retryAt) }),
    ...(Object.keys(facts).length > 0 && { facts }),
  };
}

/** Makes an error object from a stored error. */
export function toldError({ retryAt, facts, ...error }: StoredError, retryable: boolean): ErrorObject {
  return {
    blame: errorTraits(error.code).blame,
    ...error,
    retryable,
    ...(retryAt !== undefined && { retryAt: new Date(retryAt).toISOString() }),
    ...(facts && { details: { ...facts } }),
  };
}
