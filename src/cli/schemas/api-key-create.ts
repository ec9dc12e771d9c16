/** The JSON of `api-key create`. */
import { type Static, Type } from '@sinclair/typebox';
import { apiKeyFields } from './api-key-list.ts';
import { strict } from './nullable.ts';

/** A new API key in a file. The key itself isn't in the JSON. */
export const newApiKey = Type.Object(
  { idTag: Type.String(), ...apiKeyFields, file: Type.String({ description: 'absolute path' }) },
  strict,
);

export type NewApiKeyOutput = Static<typeof newApiKey>;
