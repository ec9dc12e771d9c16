/** The schemas of the envelope. */
import { type TSchema, Type } from '@sinclair/typebox';

const time = Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$' });
const reqId = Type.String({ pattern: '^[A-Za-z0-9_.-]{1,64}$' });
const strict = { additionalProperties: false };

/** An answer with data: `{ data, time, reqId }`. */
export const envelopeOf = <T extends TSchema>(data: T) => Type.Object({ data, time, reqId }, strict);

/** A page: the envelope with `cursorPagination`. */
export const listOf = <T extends TSchema>(item: T) =>
  Type.Object(
    {
      data: Type.Array(item),
      cursorPagination: Type.Object(
        {
          nextCursor: Type.Union([Type.String(), Type.Null()]),
          hasMore: Type.Boolean(),
          count: Type.Optional(Type.Integer({ minimum: 0 })),
        },
        strict,
      ),
      time,
      reqId,
    },
    strict,
  );

/** An error answer. */
export const errorSchema = Type.Object(
  {
    error: Type.Object(
      {
        code: Type.String({ pattern: '^E-[A-Z]+-[A-Z]+$' }),
        message: Type.String({ minLength: 1 }),
        details: Type.Optional(Type.Object({})),
      },
      strict,
    ),
  },
  strict,
);
