/** Tokens as people paste them. */

/** The token alone, without white space around it, `Authorization:` and `Bearer`. */
export function bareToken(text: string): string {
  return text.trim().replace(/^(?:authorization:\s*)?bearer\s+/i, '');
}
