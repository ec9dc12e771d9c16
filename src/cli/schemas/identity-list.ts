/** The JSON of `identity list`. */
import { type Static, Type } from '@sinclair/typebox';
import { keySchema } from './keygen.ts';
import { dateTime, oneOf, strict } from './nullable.ts';

/** An identity of the home. It contains no secret. */
export const hostedIdentity = Type.Object(
  {
    idTag: Type.String(),
    type: oneOf('person', 'community'),
    name: Type.String(),
    createdAt: dateTime(),
    keys: Type.Array(keySchema, { description: 'oldest first' }),
  },
  strict,
);

export type HostedIdentityOutput = Static<typeof hostedIdentity>;
