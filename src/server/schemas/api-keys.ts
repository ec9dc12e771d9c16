import { Type } from '@sinclair/typebox';
import { envelopeOf } from './envelope.ts';

const strict = { additionalProperties: false };
const name = Type.String({ minLength: 1, maxLength: 100 });
const scopes = Type.String({ minLength: 1, maxLength: 256 });
/** Unix seconds, up to the year 9999: beyond it there is no date to write. */
const seconds = Type.Integer({ minimum: 0, maximum: 253_402_300_799 });

/** `POST /api/auth/api-keys`; what is left out, or null, isn't set. */
export const newApiKeySchema = Type.Object(
  {
    name: Type.Optional(Type.Union([name, Type.Null()])),
    scopes: Type.Optional(Type.Union([scopes, Type.Null()])),
    expiresAt: Type.Optional(Type.Union([seconds, Type.Null()])),
  },
  strict,
);

/** `PATCH /api/auth/api-keys/:keyId`; null takes a field away. */
export const apiKeyPatchSchema = newApiKeySchema;

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

export const apiKeyAnswerSchema = envelopeOf(Type.Object(item, strict));
export const apiKeyListSchema = envelopeOf(Type.Array(Type.Object(item, strict)));
/** The one answer that has the key itself. */
export const newApiKeyAnswerSchema = envelopeOf(
  Type.Object({ ...item, plaintextKey: Type.String({ pattern: '^cl_[\\w-]{43}$' }) }, strict),
);
