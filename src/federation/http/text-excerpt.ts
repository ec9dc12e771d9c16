/** Excerpts of a peer's text. */
import { UNPRINTABLE } from '../../protocol/printable.ts';

const EXCERPT_LENGTH = 300;

/**
 * A peer's text in a form for terminals and logs: without control characters (escape sequences) and without the secrets that were
 * sent, on one line, at most 300 characters.
 */
export function excerpt(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  for (const secret of secrets) {
    // Short texts stay: removing every "1" would hide the text, not a secret.
    if (secret.length >= 8) clean = clean.replaceAll(secret, '<removed>');
  }
  clean = clean.replace(UNPRINTABLE, ' ').replace(/\s+/g, ' ').trim();
  return clean.length > EXCERPT_LENGTH ? `${clean.slice(0, EXCERPT_LENGTH)}…` : clean;
}
