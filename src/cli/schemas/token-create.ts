import { type Static, Type } from '@sinclair/typebox';
import { errorOutput } from './error.ts';
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

/** What `token create --json` writes. */
export const schema = Type.Union([createdToken, errorOutput], { $id: 'token-create', title: 'token create --json' });

export type TokenOutput = Static<typeof createdToken>;
