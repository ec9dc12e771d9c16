import { type Static, Type } from '@sinclair/typebox';
import { apiKeyFields } from './api-key-list.ts';
import { strict } from './nullable.ts';

/** An API key was written to a file; it isn't here. */
export const newApiKey = Type.Object(
  { idTag: Type.String(), ...apiKeyFields, file: Type.String({ description: 'absolute path' }) },
  strict,
);

export type NewApiKeyOutput = Static<typeof newApiKey>;
