import { Type } from '@sinclair/typebox';

// Query strings are text: nothing is coerced.

export const text = Type.Optional(Type.String({ minLength: 1, maxLength: 512 }));
export const flag = Type.Optional(Type.String({ pattern: '^(true|false)$' }));
/** What is more than a page holds gives a full page. */
export const limit = Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,9}$' }));
/** Unix seconds, a day, or a time of RFC 3339. */
export const date = Type.Optional(
  Type.String({ pattern: '^([0-9]{1,12}|\\d{4}-\\d\\d-\\d\\d(T[0-9:.]{5,20}(Z|[+-]\\d\\d:\\d\\d))?)$' }),
);
export const sortDir = Type.Optional(Type.String({ pattern: '^(asc|desc)$' }));
