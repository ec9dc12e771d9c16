/** The schemas of the access-token route. */
import { Type } from '@sinclair/typebox';
import { loginSchema } from './auth.ts';
import { envelopeOf } from './envelope.ts';

/**
 * The query of `GET /api/auth/access-token`. Unknown fields are allowed, because other instances ask here and the network grows.
 */
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
  // The network's share links and links between files don't exist here. Such a request must not be taken for one without them.
  refId: Type.Optional(Type.String()),
  via: Type.Optional(Type.String()),
});

/** The answer of the route. */
export const exchangeAnswerSchema = envelopeOf(
  Type.Union([
    Type.Object({ token: Type.String({ pattern: '^[\\w-]+\\.[\\w-]+\\.[\\w-]+$' }) }, { additionalProperties: false }),
    // The answer for an API key.
    loginSchema,
  ]),
);
