/** The claims of an action token, and the checks of their shapes. */
import { isContentId } from './content-id.ts';
import type { CodeOf } from './error-table.ts';
import { CloudilloError } from './errors.ts';
import { isCanonicalIdTag } from './id-tag.ts';
import { brief } from './reason-text.ts';

/** The payload of an action token (specification: Action token). Absent claims are omitted, unknown ones ignored. */
export interface ActionClaims {
  /** Issuer, a canonical idTag. */
  iss: string;
  /** Key ID of the issuer. */
  k: string;
  /** Type, with an optional subtype: `FLLW`, `FLLW:DEL`. */
  t: string;
  /** Created, unix seconds. */
  iat: number;
  /** Expires, unix seconds. */
  exp?: number;
  /** Audience, a canonical idTag. */
  aud?: string;
  /** Subject: a content ID or `@<idTag>`. */
  sub?: string;
  /** Parent action ID. */
  p?: string;
  /** Content. */
  c?: unknown;
  /** Attachments: file IDs. */
  a?: string[];
  /** Flags. */
  f?: string;
  /** Visibility letter. */
  v?: string;
  /** Proof-of-work nonce. */
  _?: string;
  [unknownClaim: string]: unknown;
}

/** Claims that may be absent. `c` is not among them: it may be any JSON value, `null` included. */
const OPTIONAL = ['exp', 'aud', 'sub', 'p', 'a', 'f', 'v', '_'] as const;

/** Every claim of the protocol. */
export const CLAIM_NAMES: ReadonlySet<string> = new Set(['iss', 'k', 't', 'iat', 'c', ...OPTIONAL]);

/** The last second of the year 9999. Later times have no ISO 8601 date with a year of four digits. */
const MAX_TIME = 253_402_300_799;
const MAX_REFERENCE_LENGTH = 512;

/**
 * Removes optional claims that are `null` from a decoded payload. The network's parser reads them as absent. The bytes of the
 * token stay.
 */
export function withoutNulls<Claims extends Record<string, unknown>>(claims: Claims): Claims {
  for (const name of OPTIONAL) if (claims[name] === null) delete (claims as Record<string, unknown>)[name];
  return claims;
}

/**
 * Checks the shapes of all claims, `iss` and `aud` included.
 * @throws CloudilloError `token.claims` (with every problem found), `token.issuer`, `token.audience`
 */
export function assertClaims(claims: Record<string, unknown>): asserts claims is ActionClaims {
  const problems = claimProblems(claims);
  if (problems.length > 0) throw claimError('token.claims', problems.join('; '));
  const issuer = idTagProblem('issuer', claims.iss);
  if (issuer !== null) throw claimError('token.issuer', issuer);
  const audience = claims.aud === undefined ? null : idTagProblem('audience', claims.aud);
  if (audience !== null) throw claimError('token.audience', audience);
}

/** The problems with the shapes of the claims, in words. {@link idTagProblem} checks the canonical form of `iss` and `aud`. */
export function claimProblems(claims: Record<string, unknown>): string[] {
  const problems: string[] = [];
  const wants = (name: string, wanted: string, fits: (value: unknown) => boolean, required = false): void => {
    const value = claims[name];
    if (value === undefined) {
      if (required) problems.push(`claim ${name} is missing`);
    } else if (!fits(value)) {
      problems.push(`claim ${name} must be ${wanted}, not ${brief(value)}`);
    }
  };
  wants('iss', 'a string', isText, true);
  wants('k', 'a string of 1 to 512 characters', isReference, true);
  wants('t', 'a string of 1 to 512 characters', isReference, true);
  wants('iat', 'whole unix seconds', isTime, true);
  wants('exp', 'whole unix seconds', isTime);
  wants('aud', 'a string', isText);
  wants('sub', 'a string of 1 to 512 characters', isReference);
  wants('p', 'a string of 1 to 512 characters', isReference);
  wants('a', 'an array of file IDs (f1~…)', isFileList);
  wants('f', 'a string', isText);
  wants('v', 'one character', (value) => isText(value) && value.length === 1);
  wants('_', 'a string', isText);
  return problems;
}

/** Why `value` can't be an `iss` or `aud`; `null` when it can. Tokens are refused, never normalised. */
export function idTagProblem(role: 'issuer' | 'audience', value: unknown): string | null {
  if (typeof value === 'string' && isCanonicalIdTag(value)) return null;
  return `invalid ${role} idTag: ${brief(value)} is not a canonical DNS name (lower case, U-labels)`;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isReference(value: unknown): boolean {
  return isText(value) && value.length > 0 && value.length <= MAX_REFERENCE_LENGTH;
}

function isTime(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_TIME;
}

function isFileList(value: unknown): boolean {
  return Array.isArray(value) && value.every((entry) => isText(entry) && isContentId(entry, 'f1'));
}

function claimError(code: CodeOf<'token'>, message: string): CloudilloError {
  return new CloudilloError(code, message, { stage: 'token' });
}
