/** Patterns for all identities of a domain: `*.bad.example`. */
import { parseIdTag } from './id-tag.ts';

const PREFIX = '*.';

/** Whether the text is a pattern rather than an idTag. */
export function isDomainPattern(text: string): boolean {
  return text.startsWith(PREFIX);
}

/**
 * Reads an idTag or a pattern that a user typed. The domain of a pattern has the form of an idTag, so that no pattern takes in a whole
 * top-level domain.
 * @returns the canonical form @throws CloudilloError `usage.id-tag`
 */
export function parseIdTagOrDomain(text: string): string {
  return isDomainPattern(text) ? PREFIX + parseIdTag(text.slice(PREFIX.length)) : parseIdTag(text);
}

/** The patterns that an identity falls under, from the narrowest: its own name, and each domain above it. */
export function namesOf(idTag: string): string[] {
  const labels = idTag.split('.');
  return labels.map((_, index) => PREFIX + labels.slice(index).join('.'));
}

/** Whether an identity falls under a pattern. The domain's own name does, too. */
export function isInDomain(idTag: string, pattern: string): boolean {
  const domain = pattern.slice(PREFIX.length);
  return idTag === domain || idTag.endsWith(`.${domain}`);
}
