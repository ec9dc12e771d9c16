import { CloudilloError } from '../../protocol/errors.ts';

/**
 * A display name as it is kept: trimmed.
 * @throws CloudilloError `usage.name`
 */
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
 * Names are printed on other people's terminals: an escape sequence in one would be obeyed there. Half a character would make
 * the whole profile, keys and all, unreadable for strict parsers.
 */
function hasControlCharacter(text: string): boolean {
  return /[\p{Cc}\p{Cs}]/u.test(text);
}
