import { type Static, Type } from '@sinclair/typebox';
import { strict } from './nullable.ts';

/** A password was set, changed or taken away. */
export const changedPassword = Type.Object(
  { idTag: Type.String(), replaced: Type.Boolean({ description: 'there was one before' }) },
  strict,
);

export type PasswordOutput = Static<typeof changedPassword>;
