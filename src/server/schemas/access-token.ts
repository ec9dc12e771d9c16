import { Type } from '@sinclair/typebox';
import { loginSchema } from './auth.ts';
import { envelopeOf } from './envelope.ts';

/** `GET /api/auth/access-token`. Open: other instances ask here, and the network grows. */
export const exchangeQuerySchema = Type.Object({
  token: Type.Optional(Type.String({ minLength: 1, maxLength: 16_384 })),
  apiKey: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
  scope: Type.Optional(Type.String({ maxLength: 256 })),
  lifetime: Type.Optional(
    Type.String({
      pattern: '^[1-9][0-9]{0,8}$',
      description: 'whole seconds, 1 or more; more than an hour is an hour',
    }),
  ),
  // The network's share links and links between files: not here, and not to be taken for a request without them.
  refId: Type.Optional(Type.String()),
  via: Type.Optional(Type.String()),
});

export const exchangeAnswerSchema = envelopeOf(
  Type.Union([
    Type.Object({ token: Type.String({ pattern: '^[\\w-]+\\.[\\w-]+\\.[\\w-]+$' }) }, { additionalProperties: false }),
    // For an API key.
    loginSchema,
  ]),
);
