import { type Static, Type } from '@sinclair/typebox';
import { errorOutput } from './error.ts';
import { strict } from './nullable.ts';

/** A password was set, changed or taken away. */
export const changedPassword = Type.Object(
  { idTag: Type.String(), replaced: Type.Boolean({ description: 'there was one before' }) },
  strict,
);

/** What `password set --json` writes. */
export const schema = Type.Union([changedPassword, errorOutput], { $id: 'password-set', title: 'password set --json' });

export type PasswordOutput = Static<typeof changedPassword>;
