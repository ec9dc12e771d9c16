/** The schemas of the inbox routes. */
import { Type } from '@sinclair/typebox';
import { MAX_TOKEN_BYTES } from '../../protocol/token.ts';
import { envelopeOf } from './envelope.ts';

const MAX_RELATED = 64;
const token = Type.String({ minLength: 1, maxLength: MAX_TOKEN_BYTES });

/** The body of `POST /api/inbox`. Unknown fields are ignored, so that the network can grow. */
export const inboxBodySchema = Type.Object({
  token,
  // Some serializers write an absent field as null.
  related: Type.Optional(Type.Unsafe<string[] | null>(Type.Array(token, { maxItems: MAX_RELATED, nullable: true }))),
});

/** The answer with 202 or 201. */
export const inboxAnswerSchema = envelopeOf(
  Type.Object(
    {
      parkedUntil: Type.Optional(
        Type.String({
          description: "ISO 8601: the issuer's key could not be fetched; the token is kept, and verified then",
        }),
      ),
    },
    { additionalProperties: false },
  ),
);
