/** The JSON of `api-key list`. */
import { type Static, Type } from '@sinclair/typebox';
import { dateTime, nullable, strict } from './nullable.ts';

/** The fields of an API key. */
export const apiKeyFields = {
  keyId: Type.Integer({ minimum: 1 }),
  keyPrefix: Type.String({ description: 'how the key begins' }),
  name: nullable(Type.String()),
  scope: nullable(Type.String({ description: 'null: whatever the owner may' })),
  createdAt: dateTime(),
  expiresAt: nullable(dateTime('null: never')),
  lastUsedAt: nullable(dateTime('to the minute')),
};

/** An API key, without the key itself. */
export const apiKeySchema = Type.Object(apiKeyFields, strict);

export type ApiKeyOutput = Static<typeof apiKeySchema>;
