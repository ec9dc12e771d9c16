/** Checks display names. */
import { CloudilloError } from '../../protocol/errors.ts';

/** Checks and trims a display name. @throws CloudilloError `usage.name` */
export function displayName(name: string): string {
  const chosen = name.trim();
  if (chosen.length === 0 || chosen.length > 100 || hasControlCharacter(chosen)) {
    throw new CloudilloError('usage.name', 'A display name has 1 to 100 characters and no control characters', {
      stage: 'input',
      hint: 'Give it as --name "Alice"',
    });
  }
  return chosen;
}

/**
 * Names are printed on other people's terminals, which obey escape sequences. An unpaired surrogate makes the whole
 * profile, keys included, unreadable for strict parsers.
 */
function hasControlCharacter(text: string): boolean {
  return /[\p{Cc}\p{Cs}]/u.test(text);
}
