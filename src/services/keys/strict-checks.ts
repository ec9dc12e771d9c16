/** The checks of a token that go beyond the protocol: what no careful issuer signs. */
import { type Check, fail } from '../../protocol/check.ts';
import { CLAIM_NAMES } from '../../protocol/claims.ts';
import { brief, timeWithDistance } from '../../protocol/reason-text.ts';

/**
 * Fails what a peer would take, and no careful issuer signs: claims that the protocol does not know, and an `iat` of 0 or ahead of the clock.
 * A name that stands twice fails without this, too.
 * @param now unix seconds
 */
export function strictChecks(checks: readonly Check[], claims: Record<string, unknown>, now: number): Check[] {
  const unknown = Object.keys(claims).filter((name) => !CLAIM_NAMES.has(name));
  const { iat } = claims;
  return checks.map((check) => {
    if (check.status === 'fail') return check;
    if (check.id === 'claims' && unknown.length > 0) {
      return fail('claims', 'token.claims', `strict: unknown claims: ${unknown.map(brief).join(', ')}`);
    }
    if (check.id !== 'issued-at' || typeof iat !== 'number') return check;
    if (iat <= 0)
      return fail('issued-at', 'token.claims', 'strict: iat is 0, which is no time at which anything was signed');
    if (iat > now) return fail('issued-at', 'token.future', `strict: issued ${timeWithDistance(iat, now)}`);
    return check;
  });
}
