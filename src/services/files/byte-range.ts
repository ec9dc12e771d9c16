/** Parses `Range` headers. */
import { CloudilloError } from '../../protocol/errors.ts';

/** A range of bytes: first and last, both included. */
export interface Span {
  start: number;
  end: number;
}

/**
 * Parses a `Range` header (RFC 9110, 14.1.2) of one range. Other texts and lists of ranges mean the whole, as the RFC
 * allows.
 * @param size bytes of the whole
 * @returns null for the whole
 * @throws CloudilloError `read.range` when the range is outside of it, with `details.size`
 */
export function parseRange(header: string | undefined, size: number): Span | null {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(header?.trim() ?? '');
  if (!match) return null;
  const [first, last] = [match[1] as string, match[2] as string];
  if (first === '' && last === '') return null;
  const suffix = first === '';
  const start = suffix ? Math.max(0, size - Number(last)) : Number(first);
  const end = suffix || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (!suffix && last !== '' && Number(last) < Number(first)) return null;
  if (start >= size || (suffix && Number(last) === 0)) {
    throw new CloudilloError('read.range', `The range is outside of the ${size} bytes`, {
      stage: 'input',
      details: { size },
    });
  }
  return { start, end };
}
