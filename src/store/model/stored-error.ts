import { type Blame, type ErrorCode, errorTraits } from '../../protocol/error-table.ts';
import type { ErrorObject } from '../../protocol/errors.ts';
import type { Stage } from '../../protocol/refusal.ts';

/** What the journal keeps of an error. Another version may have written a code that the table of errors doesn't have. */
export interface StoredError {
  code: ErrorCode;
  message: string;
  stage?: Stage;
  blame?: Blame;
  /** When the peer asked to be asked again, unix milliseconds. */
  retryAt?: number;
  /** Of a peer's answer, what decides what happens next. Nothing in it is longer than a word. */
  facts?: StoredFacts;
}

/** Facts of an answer. */
export interface StoredFacts {
  /** HTTP. */
  status?: number;
  /** The peer's own code: `E-…`. */
  peerCode?: string;
  /** Letters `A` that the peer wants a CONN to end in. */
  work?: number;
}

/** What to keep of an error: its refusal, and its words. */
export function storedError({ code, message, stage, blame, retryAt, details }: ErrorObject): StoredError {
  const { status, peerCode, work } = (details ?? {}) as StoredFacts;
  const facts: StoredFacts = {
    ...(status !== undefined && { status }),
    ...(peerCode !== undefined && { peerCode }),
    ...(work !== undefined && { work }),
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

/** A kept error, as it is told. */
export function toldError({ retryAt, facts, ...error }: StoredError, retryable: boolean): ErrorObject {
  return {
    blame: errorTraits(error.code).blame,
    ...error,
    retryable,
    ...(retryAt !== undefined && { retryAt: new Date(retryAt).toISOString() }),
    ...(facts && { details: { ...facts } }),
  };
}
