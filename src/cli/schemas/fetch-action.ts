/** The JSON of `fetch-action`. */
import { type Static, Type } from '@sinclair/typebox';
import { checkSchema, keySchema } from './verify-token.ts';

const jsonObject = Type.Record(Type.String(), Type.Unknown());

/** A fetched action. */
export const actionReport = Type.Object(
  {
    from: Type.String({ description: 'the identity whose instance was asked' }),
    actionId: Type.String(),
    verified: Type.Boolean({ description: 'the token hashes to the ID, and its issuer signed it' }),
    token: Type.Union([Type.String(), Type.Null()]),
    claims: Type.Union([jsonObject, Type.Null()], { description: 'what was signed' }),
    view: Type.Unknown({ description: 'what the peer says' }),
    differences: Type.Array(Type.String(), { description: 'fields in which the view contradicts the token' }),
    key: Type.Union([keySchema, Type.Null()]),
    checks: Type.Array(checkSchema),
    reason: Type.Optional(Type.String({ description: 'why it is not verified' })),
  },
  { additionalProperties: false },
);

export type FetchActionOutput = Static<typeof actionReport>;
