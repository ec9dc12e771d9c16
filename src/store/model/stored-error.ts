import type { ErrorCode } from '../../protocol/error-table.ts';
import type { ErrorObject } from '../../protocol/errors.ts';

/** What the journal keeps of an error. Another version may have written a code that the table of errors doesn't have. */
export interface StoredError {
  code: ErrorCode;
  message: string;
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

/** What to keep of an error. */
export function storedError({
  code,
  message,
  details,
}: Pick<ErrorObject, 'code' | 'message' | 'details'>): StoredError {
  const { status, peerCode, work } = (details ?? {}) as StoredFacts;
  const facts: StoredFacts = {
    ...(status !== undefined && { status }),
    ...(peerCode !== undefined && { peerCode }),
    ...(work !== undefined && { work }),
  };
  return { code, message, ...(Object.keys(facts).length > 0 && { facts }) };
}

/** A kept error, as it is told. */
export function toldError({ code, message, facts }: StoredError, retryable: boolean): ErrorObject {
  return { code, message, retryable, ...(facts && { details: { ...facts } }) };
}
