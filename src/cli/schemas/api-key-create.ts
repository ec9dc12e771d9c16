import { type Static, Type } from '@sinclair/typebox';
import { apiKeyFields } from './api-key-list.ts';
import { errorOutput } from './error.ts';
import { strict } from './nullable.ts';

/** An API key was written to a file; it isn't here. */
export const newApiKey = Type.Object(
  { idTag: Type.String(), ...apiKeyFields, file: Type.String({ description: 'absolute path' }) },
  strict,
);

/** What `api-key create --json` writes. */
export const schema = Type.Union([newApiKey, errorOutput], { $id: 'api-key-create', title: 'api-key create --json' });

export type NewApiKeyOutput = Static<typeof newApiKey>;
