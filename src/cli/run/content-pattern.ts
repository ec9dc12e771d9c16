/** Reads `--content`. */
import { usageError } from '../output/output.ts';

/** `/…/` with flags of JavaScript. `/api/me` is a text, because `e` is none. */
const EXPRESSION = /^\/(.+)\/([dgimsuvy]*)$/s;
/** Those that mean something for the test of one text. */
const FLAGS = /^[imsu]*$/;

/**
 * Makes a test of a content: a text as it is, anything else as compact JSON.
 * @param pattern the whole text, in which `*` is any text; or a regular expression between slashes, which has to be found in it
 * @throws CloudilloError `usage.value`
 */
export function contentPattern(pattern: string): (content: unknown) => boolean {
  const [, source, flags] = EXPRESSION.exec(pattern) ?? [];
  const fits = source === undefined ? wildcard(pattern) : expression(source, flags ?? '');
  return (content) => content !== null && fits(typeof content === 'string' ? content : (JSON.stringify(content) ?? ''));
}

function expression(source: string, flags: string): (text: string) => boolean {
  if (!FLAGS.test(flags)) {
    throw usageError(
      'usage.value',
      `--content has a flag that is of no use here: ${flags}`,
      'Those that are: i, m, s, u',
    );
  }
  try {
    const made = new RegExp(source, flags);
    return (text) => made.test(text);
  } catch (error) {
    throw usageError(
      'usage.value',
      `--content is no regular expression: ${(error as Error).message}`,
      'Without slashes it is a text in which * is any text',
    );
  }
}

function wildcard(pattern: string): (text: string) => boolean {
  const parts = pattern.split('*');
  const [first = '', last = ''] = [parts[0], parts.at(-1)];
  return (text) => {
    if (parts.length === 1) return text === pattern;
    if (!text.startsWith(first)) return false;
    let at = first.length;
    for (const part of parts.slice(1, -1)) {
      const found = text.indexOf(part, at);
      if (found === -1) return false;
      at = found + part.length;
    }
    return text.length - last.length >= at && text.endsWith(last);
  };
}
