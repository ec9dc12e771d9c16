/** The page of an error code. */
import { errorAdvice } from '../../protocol/error-advice.ts';
import { ERRORS, type ErrorArea, type ErrorCode, type ErrorTraits, errorTraits } from '../../protocol/error-table.ts';
import { CloudilloError } from '../../protocol/errors.ts';

/** What the table of errors says of a code, and what to do. */
export interface CodeStory extends Omit<ErrorTraits, 'hint'> {
  code: ErrorCode;
  next: string;
}

const CODES = Object.keys(ERRORS) as ErrorCode[];

/**
 * The page of a code; null when the text doesn't look like one.
 * @throws CloudilloError `usage.value` for a code that isn't in the table, of an area that is
 */
export function explainCode(text: string): CodeStory | null {
  if (Object.hasOwn(ERRORS, text)) {
    const code = text as ErrorCode;
    const { means, exit, queued, status, wire, blame, retryable } = errorTraits(code);
    return { code, means, exit, queued, status, wire, blame, retryable, next: errorAdvice(code) };
  }
  const area = /^([a-z]+)(?:\.[a-z0-9-]*)?$/.exec(text)?.[1] as ErrorArea | undefined;
  const ofArea = area === undefined ? [] : CODES.filter((code) => code.startsWith(`${area}.`));
  if (ofArea.length === 0) return null;
  throw new CloudilloError('usage.value', `There is no error code ${text}`, {
    stage: 'input',
    hint: `Those of its area: ${ofArea.join(', ')}`,
  });
}
