/** The related token that an action names. */
import { CloudilloError } from '../../protocol/errors.ts';
import { type ActionClaims, type DecodedToken, decodeToken } from '../../protocol/token.ts';

/** The claims of the related token that the action names. They aren't verified yet. */
export function companionsOf(subject: unknown, related: readonly string[]): Map<string, ActionClaims> {
  const companions = new Map<string, ActionClaims>();
  for (const token of related) {
    const companion = tryDecode(token);
    if (companion && companion.actionId === subject) {
      companions.set(companion.actionId, companion.claims as ActionClaims);
    }
  }
  return companions;
}

function tryDecode(token: string): DecodedToken | null {
  try {
    return decodeToken(token);
  } catch (error) {
    // A related text that is no token is ignored. It doesn't invalidate the main token.
    if (error instanceof CloudilloError) return null;
    throw error;
  }
}
