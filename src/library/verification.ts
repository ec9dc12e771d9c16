/** What a verification tells other programs. */
import type { Check } from '../protocol/check.ts';

/** A token taken apart. Nothing in it is verified. */
export interface DecodedToken {
  /** `a1~…`: the hash of the token's bytes. */
  actionId: string;
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
  /** `<header>.<payload>`, the signed bytes. */
  signingInput: string;
  signature: Uint8Array;
}

/** The verdict and all checks. */
export interface Verification {
  /** No check failed, and the checks of key and signature passed. */
  valid: boolean;
  /** Null when the token can't be decoded. */
  token: DecodedToken | null;
  /** One entry for each of `CHECK_IDS`, in that order. */
  checks: Check[];
}

/** The parts of a token that the result of a verification has. */
export function toldOf({ actionId, header, claims, signingInput, signature }: DecodedToken): DecodedToken {
  return { actionId, header, claims, signingInput, signature };
}
