/** Excerpts of a peer's text. */
import { UNPRINTABLE } from '../../protocol/printable.ts';
import { redactText } from '../../protocol/redact.ts';

const EXCERPT_LENGTH = 300;

/**
 * A peer's text in a form for terminals and logs: without control characters (escape sequences) and without secrets, on one line, at
 * most 300 characters.
 * @param secrets those that were sent, which a peer may repeat
 */
export function excerpt(text: string, secrets: readonly string[] = []): string {
  const clean = redactText(text, secrets).replace(UNPRINTABLE, ' ').replace(/\s+/g, ' ').trim();
  return clean.length > EXCERPT_LENGTH ? `${clean.slice(0, EXCERPT_LENGTH)}…` : clean;
}
