import { Type } from '@sinclair/typebox';
import { envelopeOf } from './envelope.ts';

const strict = { additionalProperties: false };
const profileType = Type.Union([Type.Literal('person'), Type.Literal('community')]);

/** `GET /api/me`. */
export const profileEnvelopeSchema = envelopeOf(
  Type.Object(
    {
      idTag: Type.String(),
      name: Type.String(),
      type: profileType,
      profilePic: Type.Optional(Type.String()),
      keys: Type.Array(
        Type.Object(
          { keyId: Type.String(), publicKey: Type.String(), expiresAt: Type.Optional(Type.String()) },
          strict,
        ),
      ),
    },
    strict,
  ),
);

/** `GET /api/profiles/:idTag`: a profile with how we stand to it. */
export const knownProfileSchema = Type.Object(
  {
    idTag: Type.String(),
    name: Type.String(),
    type: Type.Optional(profileType),
    profilePic: Type.Optional(Type.String()),
    connected: Type.Boolean(),
    following: Type.Boolean(),
    follower: Type.Boolean(),
  },
  strict,
);
