/** The JSON of `sign-token`. */
import { type Static, Type } from '@sinclair/typebox';

/** A signed token. */
export const signedToken = Type.Object(
  {
    token: Type.String(),
    actionId: Type.String(),
    claims: Type.Record(Type.String(), Type.Unknown()),
  },
  { additionalProperties: false },
);

export type SignTokenOutput = Static<typeof signedToken>;
