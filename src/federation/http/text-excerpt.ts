import { UNPRINTABLE } from '../../protocol/printable.ts';

const EXCERPT_LENGTH = 300;

/**
 * What a peer wrote, made fit for a terminal and a log: control characters (escape sequences) out, secrets that we
 * had sent out, one line, cut to 300 characters.
 */
export function excerpt(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  for (const secret of secrets) {
    // Short ones are left alone: taking out every "1" would hide the text, not a secret.
    if (secret.length >= 8) clean = clean.replaceAll(secret, '<removed>');
  }
  clean = clean.replace(UNPRINTABLE, ' ').replace(/\s+/g, ' ').trim();
  return clean.length > EXCERPT_LENGTH ? `${clean.slice(0, EXCERPT_LENGTH)}…` : clean;
}
