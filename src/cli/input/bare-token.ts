/** Tokens as people paste them. */

/** White space, quotes as of JSON and of a shell, and what nobody sees, as chat programs add it. */
const AROUND = /^[\s"'\p{Cf}]+|[\s"'\p{Cf}]+$/gu;

/** The token alone, without white space, quotes and invisible characters around it, `Authorization:` and `Bearer`. */
export function bareToken(text: string): string {
  return text.replace(AROUND, '').replace(/^(?:authorization:\s*)?bearer\s+["']?/i, '');
}
