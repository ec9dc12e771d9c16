/**
 * The parts of query schemas. Query strings are text, and no value is converted. Where a value has a pattern, its description
 * completes the sentence "must be …" of a refusal.
 */
import { Type } from '@sinclair/typebox';

/** One of these words. */
export const oneOf = <Word extends string>(...words: Word[]) =>
  Type.Optional(Type.Unsafe<Word>({ type: 'string', enum: words }));
/** Any text that isn't empty. */
export const text = Type.Optional(Type.String({ minLength: 1, maxLength: 512 }));
/** `true` or `false`. */
export const flag = oneOf('true', 'false');
/** The length of a page. A larger number gives a full page. */
export const limit = Type.Optional(
  Type.String({ pattern: '^[1-9][0-9]{0,9}$', description: 'a whole number from 1 to 9999999999' }),
);
/** A time: unix seconds, a day, or RFC 3339. */
export const date = Type.Optional(
  Type.String({
    pattern: '^([0-9]{1,12}|\\d{4}-\\d\\d-\\d\\d(T[0-9:.]{5,20}(Z|[+-]\\d\\d:\\d\\d))?)$',
    description: 'unix seconds, a day (2026-11-23) or a time of RFC 3339 (2026-11-23T12:00:00Z)',
  }),
);
/** The direction of an order. */
export const sortDir = oneOf('asc', 'desc');
