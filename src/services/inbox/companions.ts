/** The related token that an action names. */
import { type ActionClaims, decodeTokenOrNull } from '../../protocol/token.ts';

/** The claims of the related token that the action names. They aren't verified yet. */
export function companionsOf(subject: unknown, related: readonly string[]): Map<string, ActionClaims> {
  const companions = new Map<string, ActionClaims>();
  for (const token of related) {
    const companion = decodeTokenOrNull(token);
    if (companion && companion.actionId === subject) {
      companions.set(companion.actionId, companion.claims as ActionClaims);
    }
  }
  return companions;
}
