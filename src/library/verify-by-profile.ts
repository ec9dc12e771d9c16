/** Verifies a token by the key that its issuer's profile publishes. */
import { type KeyResolver, resolveAgain } from '../federation/keys/key-resolver.ts';
import { firstFailure, keyFailed } from '../protocol/check.ts';
import type { ActionClaims } from '../protocol/claims.ts';
import { decodeTokenOrNull } from '../protocol/token.ts';
import { checkWithKey, checkWithoutKey, verifyToken } from '../protocol/verify.ts';
import { toldOf, type Verification } from './verification.ts';

/** What a token is verified against. */
interface Against {
  recipient: string | undefined;
  /** Unix seconds. */
  now: number;
}

/**
 * The issuer is asked only for a token that passes the checks without a key, and again when the key that is kept doesn't fit: it may have
 * been replaced under its ID.
 * @throws CloudilloError when no key can be had
 */
export async function verifyByProfile(keys: KeyResolver, token: string, against: Against): Promise<Verification> {
  const decoded = decodeTokenOrNull(token);
  if (decoded === null) {
    const { checks } = await verifyToken(token, { key: null, now: against.now });
    return { valid: false, token: null, checks };
  }
  const before = checkWithoutKey(decoded, against);
  if (firstFailure(before)) return { valid: false, token: toldOf(decoded), checks: before };
  const { iss, k } = decoded.claims as ActionClaims;
  const { key, source } = await keys.resolve(iss, k);
  let checks = await checkWithKey(decoded, before, { key });
  if (keyFailed(checks) && source === 'cache') {
    const again = await resolveAgain(keys, iss, k);
    if (again) checks = await checkWithKey(decoded, before, { key: again.key });
  }
  return { valid: !firstFailure(checks), token: toldOf(decoded), checks };
}
