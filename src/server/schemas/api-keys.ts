/** The schemas of the API-key routes. */
import { Type } from '@sinclair/typebox';
import { envelopeOf } from './envelope.ts';

const strict = { additionalProperties: false };
const name = Type.String({ minLength: 1, maxLength: 100 });
const scopes = Type.String({ minLength: 1, maxLength: 256 });
/** Unix seconds up to the year 9999, the last one that an ISO 8601 date can hold. */
const seconds = Type.Integer({ minimum: 0, maximum: 253_402_300_799 });

/** The body of `POST /api/auth/api-keys`. A field that is absent or null isn't set. */
export const newApiKeySchema = Type.Object(
  {
    name: Type.Optional(Type.Union([name, Type.Null()])),
    scopes: Type.Optional(Type.Union([scopes, Type.Null()])),
    expiresAt: Type.Optional(Type.Union([seconds, Type.Null()])),
  },
  strict,
);

/** The body of `PATCH /api/auth/api-keys/:keyId`. null removes a field. */
export const apiKeyPatchSchema = newApiKeySchema;

/** The parameters of the routes that name a key. */
export const apiKeyParamsSchema = Type.Object(
  { keyId: Type.String({ pattern: '^[1-9][0-9]{0,14}$', description: 'the number of a key' }) },
  strict,
);

const item = {
  keyId: Type.Integer({ minimum: 1 }),
  keyPrefix: Type.String({ pattern: '^cl_[\\w-]{8}$' }),
  name: Type.Optional(name),
  scopes: Type.Optional(scopes),
  expiresAt: Type.Optional(seconds),
  lastUsedAt: Type.Optional(seconds),
  createdAt: seconds,
};

/** One key, in the envelope. */
export const apiKeyAnswerSchema = envelopeOf(Type.Object(item, strict));
/** All keys, in the envelope. */
export const apiKeyListSchema = envelopeOf(Type.Array(Type.Object(item, strict)));
/** The answer to a new key. Only this answer has the key itself. */
export const newApiKeyAnswerSchema = envelopeOf(
  Type.Object({ ...item, plaintextKey: Type.String({ pattern: '^cl_[\\w-]{43}$' }) }, strict),
);
