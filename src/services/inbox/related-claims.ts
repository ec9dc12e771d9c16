/** The claims of the related token that an action names. */
import { type ActionClaims, decodeTokenOrNull } from '../../protocol/token.ts';

/** The claims of the related token that the action names, by its ID. They aren't verified yet. */
export function relatedClaimsOf(subject: unknown, related: readonly string[]): Map<string, ActionClaims> {
  const claims = new Map<string, ActionClaims>();
  for (const token of related) {
    const decoded = decodeTokenOrNull(token);
    if (decoded && decoded.actionId === subject) claims.set(decoded.actionId, decoded.claims as ActionClaims);
  }
  return claims;
}
