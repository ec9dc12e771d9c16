import { type Static, Type } from '@sinclair/typebox';
import { dateTime, strict } from './nullable.ts';

/** An access token was written to a file; it isn't here. */
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
