import { type Static, Type } from '@sinclair/typebox';
import { apiKeySchema } from './api-key-list.ts';
import { errorOutput } from './error.ts';
import { strict } from './nullable.ts';

/** An API key was revoked: as it was. */
export const revokedApiKey = Type.Object({ idTag: Type.String(), revoked: apiKeySchema }, strict);

/** What `api-key revoke --json` writes. */
export const schema = Type.Union([revokedApiKey, errorOutput], {
  $id: 'api-key-revoke',
  title: 'api-key revoke --json',
});

export type RevokedApiKeyOutput = Static<typeof revokedApiKey>;
