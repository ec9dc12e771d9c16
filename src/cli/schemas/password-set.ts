/** The JSON of `password set` and `password clear`. */
import { type Static, Type } from '@sinclair/typebox';
import { strict } from './nullable.ts';

/** A password that was set, changed or removed. */
export const changedPassword = Type.Object(
  { idTag: Type.String(), replaced: Type.Boolean({ description: 'there was one before' }) },
  strict,
);

export type PasswordOutput = Static<typeof changedPassword>;
