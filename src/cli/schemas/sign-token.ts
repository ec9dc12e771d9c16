import { type Static, Type } from '@sinclair/typebox';
import { errorOutput } from './error.ts';

/** A token that was signed. */
export const signedToken = Type.Object(
  {
    token: Type.String(),
    actionId: Type.String(),
    claims: Type.Record(Type.String(), Type.Unknown()),
  },
  { additionalProperties: false },
);

/** What `sign-token --json` writes. */
export const schema = Type.Union([signedToken, errorOutput], { $id: 'sign-token', title: 'sign-token --json' });

export type SignTokenOutput = Static<typeof signedToken>;
