/** The parts of output schemas. */
import { type TSchema, Type } from '@sinclair/typebox';

/** A value that may be unknown. `null` is written, so that the field is always there. */
export const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

/** A time in ISO 8601. */
export const dateTime = (description?: string) =>
  Type.String({ format: 'date-time', ...(description !== undefined && { description }) });

/** One of these texts. */
export const oneOf = <T extends string>(...values: T[]) => Type.Union(values.map((value) => Type.Literal(value)));

/** No other fields are allowed. */
export const strict = { additionalProperties: false } as const;
