import { CloudilloError } from '../../protocol/errors.ts';
import { type ActionClaims, type DecodedToken, decodeToken } from '../../protocol/token.ts';

/** Of the tokens that came along, the claims of the one that the action names. Nothing is verified yet. */
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
    // What came along and isn't a token is left alone; it doesn't spoil the token that it came with.
    if (error instanceof CloudilloError) return null;
    throw error;
  }
}
