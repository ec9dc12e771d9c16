import { Type } from '@sinclair/typebox';
import { envelopeOf } from './envelope.ts';

/** `GET /api/auth/access-token`. */
export const exchangeQuerySchema = Type.Object({
  token: Type.Optional(Type.String({ minLength: 1, maxLength: 16_384 })),
  scope: Type.Optional(Type.String({ maxLength: 256 })),
});

export const exchangeAnswerSchema = envelopeOf(
  Type.Object({ token: Type.String({ pattern: '^[\\w-]+\\.[\\w-]+\\.[\\w-]+$' }) }, { additionalProperties: false }),
);
