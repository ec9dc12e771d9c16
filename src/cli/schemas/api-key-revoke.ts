/** The JSON of `api-key revoke`. */
import { type Static, Type } from '@sinclair/typebox';
import { apiKeySchema } from './api-key-list.ts';
import { strict } from './nullable.ts';

/** The revoked API key, as it was. */
export const revokedApiKey = Type.Object({ idTag: Type.String(), revoked: apiKeySchema }, strict);

export type RevokedApiKeyOutput = Static<typeof revokedApiKey>;
