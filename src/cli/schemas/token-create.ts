/** The JSON of `token create`. */
import { type Static, Type } from '@sinclair/typebox';
import { dateTime, strict } from './nullable.ts';

/** A new access token in a file. The token itself isn't in the JSON. */
export const createdToken = Type.Object(
  {
    idTag: Type.String(),
    scope: Type.Optional(Type.String({ description: 'absent: whatever the owner may' })),
    expiresAt: dateTime(),
    file: Type.String({ description: 'absolute path' }),
  },
  strict,
);

export type TokenOutput = Static<typeof createdToken>;
