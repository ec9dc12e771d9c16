/** The verification of a token, check by check (specification: Verification). */
import type { KeyObject } from 'node:crypto';
import { checkContent, checkFields, checkType, RECIPIENT_BOUND_TYPES, splitType } from './action-types.ts';
import { CHECK_IDS, type Check, type CheckId, fail, pass, skip } from './check.ts';
import { checkProofOfWork } from './check-proof-of-work.ts';
import { type ActionClaims, claimProblems, idTagProblem } from './claims.ts';
import type { ErrorCode } from './error-table.ts';
import { CloudilloError } from './errors.ts';
import { isoTime } from './iso-time.ts';
import { isP384 } from './keys.ts';
import { brief, timeSpan, timeWithDistance } from './reason-text.ts';
import { verifySignature } from './signature.ts';
import { type DecodedToken, decodeToken } from './token.ts';

export { CHECK_IDS, type Check, type CheckId, firstFailure } from './check.ts';
export { verifySignature } from './signature.ts';

/** An issuer's key, as the caller found it. Finding it is the only step that uses the network. */
export interface VerificationKey {
  keyId: string;
  publicKey: KeyObject;
  /** Unix seconds. */
  expiresAt?: number;
}

/** The values that a token is verified against. */
export interface VerifyOptions {
  /** `null` when there is none. The checks that need no key are made all the same. */
  key: VerificationKey | null;
  /** Why there is no key, if known. */
  keyProblem?: { code: ErrorCode; reason: string };
  /** Unix seconds. */
  now: number;
  /** Seconds that `exp` may be past; default 60. */
  leeway?: number | undefined;
  /** The tenant at whose inbox the token arrived. */
  recipient?: string | undefined;
  /** How many letters `A` a CONN must end in; default 0. */
  powLevel?: number;
  /** Whether passed checks go without the reasons that take long to write: those with times. Default: false. */
  terse?: boolean;
}

/** The verdict and all checks. */
export interface Verification {
  /** No check failed, and the checks of key and signature passed. */
  valid: boolean;
  actionId: string | null;
  decoded: DecodedToken | null;
  /** One entry for each of {@link CHECK_IDS}, in that order. */
  checks: Check[];
}

/** How far in the future `iat` may lie, in seconds. */
export const MAX_FUTURE = 300;
const DEFAULT_LEEWAY = 60;
const NO_KEY_YET = 'there is no key to check it with';
/**
 * Types that may arrive at somebody other than their audience, when the recipient takes part in the subject. The store knows
 * that.
 */
const SUBJECT_BOUND_TYPES: ReadonlySet<string> = new Set(['SUBS', 'INVT']);

/**
 * Makes every check of a token that needs no store, and reports all of them. {@link decodeToken} and {@link verifySignature} are
 * steps of it that can be called alone.
 */
export async function verifyToken(token: string, options: VerifyOptions): Promise<Verification> {
  let decoded: DecodedToken;
  try {
    decoded = decodeToken(token);
  } catch (error) {
    if (!(error instanceof CloudilloError)) throw error;
    return undecodable(error);
  }
  const checks = await verifyDecoded(decoded, options);
  const passed = (id: CheckId): boolean => checks.some((check) => check.id === id && check.status === 'pass');
  const valid = checks.every(({ status }) => status !== 'fail') && passed('key') && passed('signature');
  return { valid, actionId: decoded.actionId, decoded, checks };
}

/**
 * Verifies a token that is decoded already. An inbox looks for duplicates between the two steps.
 * @returns one entry for each of {@link CHECK_IDS}, in that order
 */
export async function verifyDecoded(decoded: DecodedToken, options: VerifyOptions): Promise<Check[]> {
  return checkWithKey(decoded, checkWithoutKey(decoded, options), options);
}

/**
 * Makes the checks that need no key. A token that fails one of them is refused before its issuer's server is asked for a key.
 * @returns one entry for each of {@link CHECK_IDS}; those that need the key are skipped
 */
export function checkWithoutKey(decoded: DecodedToken, options: Omit<VerifyOptions, 'key'>): Check[] {
  const { claims } = decoded;
  const problems = claimProblems(claims);
  const checks = [
    pass('format', `three parts, ${decoded.token.length} bytes`),
    checkAlgorithm(decoded.header),
    problems.length > 0 ? fail('claims', 'token.claims', problems.join('; ')) : pass('claims'),
    checkIdTag('issuer', claims.iss),
    claims.aud === undefined ? skip('audience', 'the token names no audience') : checkIdTag('audience', claims.aud),
    checkProofOfWork(decoded, options.powLevel ?? 0),
    skip('key', NO_KEY_YET),
    skip('signature', NO_KEY_YET),
    checkIssuedAt(claims.iat, options),
    checkExpiry(claims.exp, options),
    skip('key-expiry', NO_KEY_YET),
  ];
  if (problems.length > 0) {
    const ids = ['type', 'fields', 'content', 'recipient'] as const;
    return [...checks, ...ids.map((id) => skip(id, 'the claims do not have the right shape'))];
  }
  return [...checks, ...checkRules(claims as ActionClaims), checkRecipient(claims as ActionClaims, options.recipient)];
}

/**
 * Completes the checks of {@link checkWithoutKey}: key, signature and the key's end. @returns one entry for each of {@link
 * CHECK_IDS}
 */
export async function checkWithKey(
  decoded: DecodedToken,
  before: readonly Check[],
  options: Pick<VerifyOptions, 'key' | 'keyProblem' | 'terse'>,
): Promise<Check[]> {
  const { claims } = decoded;
  const algorithm = checkAlgorithm(decoded.header);
  const key = checkKey(claims.k, options);
  const signature = await checkSignature(decoded, algorithm, options.key);
  const keyExpiry = checkKeyExpiry(claims.iat, options);
  return before.map((check) => {
    if (check.id === 'key') return key;
    if (check.id === 'signature') return signature;
    return check.id === 'key-expiry' ? keyExpiry : check;
  });
}

function undecodable(error: CloudilloError): Verification {
  const checks = CHECK_IDS.map((id) =>
    id === 'format' ? fail(id, error.code, error.message) : skip(id, 'the token could not be decoded'),
  );
  return { valid: false, actionId: null, decoded: null, checks };
}

function checkAlgorithm({ alg, crit }: DecodedToken['header']): Check {
  if (alg !== 'ES384') {
    const found = alg === undefined ? 'no alg' : `alg ${brief(alg)}`;
    return fail('algorithm', 'token.algorithm', `the header has ${found}; only "ES384" is accepted`);
  }
  // RFC 7515, 4.1.11: whoever doesn't understand all of `crit` has to refuse the token. An extension may change which bytes are
  // signed.
  if (crit !== undefined) {
    return fail('algorithm', 'token.algorithm', `the header has crit ${brief(crit)}; no extension is understood`);
  }
  return pass('algorithm', 'ES384');
}

function checkIdTag(role: 'issuer' | 'audience', value: unknown): Check {
  const problem = idTagProblem(role, value);
  return problem === null ? pass(role, String(value)) : fail(role, `token.${role}`, problem);
}

function checkKey(k: unknown, { key, keyProblem }: Pick<VerifyOptions, 'key' | 'keyProblem'>): Check {
  if (key === null) {
    const { code, reason } = keyProblem ?? { code: 'token.key-unknown', reason: `no key ${brief(k)} is known` };
    return fail('key', code, reason);
  }
  if (!isP384(key.publicKey)) {
    const found = key.publicKey.asymmetricKeyDetails?.namedCurve ?? key.publicKey.asymmetricKeyType ?? 'secret';
    return fail('key', 'token.key-curve', `key ${brief(key.keyId)} is ${found}; only P-384 (secp384r1) is accepted`);
  }
  if (key.keyId === k) return pass('key', `key ${brief(k)}`);
  return fail(
    'key',
    'token.key-unknown',
    `the token is signed with key ${brief(k)}, the key given is ${brief(key.keyId)}`,
  );
}

async function checkSignature(decoded: DecodedToken, algorithm: Check, key: VerificationKey | null): Promise<Check> {
  const id = 'signature';
  if (algorithm.status === 'fail') return skip(id, 'the header asks for something else');
  if (key === null) return skip(id, 'there is no key to verify it with');
  if (!isP384(key.publicKey)) return skip(id, 'the key is not a P-384 key');
  const bytes = decoded.signature.length;
  if (bytes !== 96) return fail(id, 'token.signature', `the signature has ${bytes} bytes; ES384 has 96`);
  if (await verifySignature(decoded, key.publicKey)) return pass(id);
  const reason = `the signature is not one of key ${brief(key.keyId)} over these bytes`;
  return fail(id, 'token.signature', reason);
}

/** Why a claim can't be compared with a clock. */
function noTime(claim: string, value: unknown): string {
  return value === undefined ? `the token has no ${claim}` : `${claim} is no number`;
}

function checkIssuedAt(iat: unknown, { now, terse }: Pick<VerifyOptions, 'now' | 'terse'>): Check {
  if (typeof iat !== 'number') return skip('issued-at', noTime('iat', iat));
  if (terse && iat <= now + MAX_FUTURE) return pass('issued-at');
  const reason = `issued ${timeWithDistance(iat, now)}`;
  if (iat <= now + MAX_FUTURE) return pass('issued-at', reason);
  return fail('issued-at', 'token.future', `${reason}; at most ${MAX_FUTURE} s ahead is allowed`);
}

function checkExpiry(exp: unknown, options: Pick<VerifyOptions, 'now' | 'leeway' | 'terse'>): Check {
  if (typeof exp !== 'number') return skip('expiry', noTime('exp', exp));
  const { now, leeway = DEFAULT_LEEWAY, terse } = options;
  if (now <= exp + leeway) {
    if (terse) return pass('expiry');
    const late = now > exp ? `, within the leeway of ${leeway} s` : '';
    return pass('expiry', `expires ${timeWithDistance(exp, now)}${late}`);
  }
  return fail('expiry', 'token.expired', `expired ${timeWithDistance(exp, now)}; the leeway is ${leeway} s`);
}

function checkKeyExpiry(iat: unknown, { key, terse }: Pick<VerifyOptions, 'key' | 'terse'>): Check {
  const id = 'key-expiry';
  if (key === null) return skip(id, 'there is no key');
  if (key.expiresAt === undefined) return pass(id, 'the key does not expire');
  if (typeof iat !== 'number') return skip(id, noTime('iat', iat));
  if (terse && iat <= key.expiresAt) return pass(id);
  if (iat <= key.expiresAt) return pass(id, `the key is good until ${isoTime(key.expiresAt)}`);
  const late = timeSpan(iat - key.expiresAt);
  const reason = `signed ${isoTime(iat)}, ${late} after key ${brief(key.keyId)} expired (${isoTime(key.expiresAt)})`;
  return fail(id, 'token.key-expired', reason);
}

function checkRules(claims: ActionClaims): Check[] {
  const type = checkType(claims.t);
  if (type?.code === 'token.type') {
    const ids = ['fields', 'content'] as const;
    return [fail('type', type.code, type.reason), ...ids.map((id) => skip(id, 'the type is not known'))];
  }
  const fields = checkFields(claims);
  const content = checkContent(claims);
  return [
    type ? fail('type', type.code, type.reason) : pass('type', claims.t),
    fields ? fail('fields', fields.code, fields.reason) : pass('fields'),
    content ? fail('content', content.code, content.reason) : pass('content'),
  ];
}

function checkRecipient({ t, aud }: ActionClaims, recipient: string | undefined): Check {
  const id = 'recipient';
  if (recipient === undefined) return skip(id, 'no recipient was given');
  if (aud === recipient) return pass(id, recipient);
  const { type } = splitType(t);
  const addressed = aud === undefined ? 'addressed to nobody' : `addressed to ${aud}`;
  if (RECIPIENT_BOUND_TYPES.has(type)) {
    return fail(id, 'token.recipient', `${type} is ${addressed}, not to ${recipient}`);
  }
  if (SUBJECT_BOUND_TYPES.has(type))
    return skip(id, `${addressed}; what ${recipient} has to do with its subject decides`);
  return pass(id, `${addressed}; ${type} may be delivered to others`);
}
