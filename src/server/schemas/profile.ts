/** The schemas of the profile routes. */
import { Type } from '@sinclair/typebox';
import { envelopeOf } from './envelope.ts';
import { flag, oneOf } from './query.ts';

const strict = { additionalProperties: false };
/**
 * A name of any property. The pattern of `Type.String()` matches no line break, so a value under such a name would go unchecked.
 */
const anyName = Type.String({ pattern: '^' });
const profileType = Type.Union([Type.Literal('person'), Type.Literal('community')]);

/** The answer of `GET /api/me`. */
export const profileEnvelopeSchema = envelopeOf(
  Type.Object(
    {
      idTag: Type.String(),
      name: Type.String(),
      type: profileType,
      profilePic: Type.Optional(Type.String()),
      coverPic: Type.Optional(Type.String()),
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

/** The answer of `GET /api/profiles/:idTag`: a profile with the tenant's relation to it and treatment of it. */
export const knownProfileSchema = Type.Object(
  {
    idTag: Type.String(),
    name: Type.String(),
    type: Type.Optional(profileType),
    profilePic: Type.Optional(Type.String()),
    status: Type.Optional(Type.Union([Type.Literal('B'), Type.Literal('M')])),
    connected: Type.Union([Type.Boolean(), Type.Literal('R')]),
    following: Type.Boolean(),
    follower: Type.Boolean(),
  },
  strict,
);

/**
 * The query of `GET /api/profiles`. Query strings are text, and no value is converted. An unknown parameter is refused: a client that asks
 * for some of the profiles must not take all of them for those.
 */
export const profileQuerySchema = Type.Object(
  {
    idTag: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    type: oneOf('person', 'community'),
    status: Type.Optional(
      Type.String({ pattern: '^[A-Z](,[A-Z]){0,15}$', description: 'up to 16 status letters with commas between' }),
    ),
    connected: oneOf('true', 'false', 'R'),
    following: flag,
    follower: flag,
    /** Nobody is trusted by name here. */
    trustSet: flag,
    q: Type.Optional(Type.String({ maxLength: 256 })),
  },
  strict,
);

/** The answer of `POST /api/profiles/:idTag/refresh`: the profile as it was fetched now. */
export const refreshedProfileSchema = envelopeOf(
  Type.Object(
    {
      idTag: Type.String(),
      name: Type.String(),
      type: profileType,
      profilePic: Type.Optional(Type.String()),
      createdAt: Type.String(),
    },
    strict,
  ),
);
/** The answer of `GET /api/profiles`. */
export const profileListSchema = envelopeOf(Type.Array(knownProfileSchema));
/** The answer of `GET /api/profiles/:idTag`, in the envelope. It is null for an unknown profile. */
export const knownProfileAnswerSchema = envelopeOf(Type.Union([knownProfileSchema, Type.Null()]));

/** The body of `PATCH /api/me`. The fields of `x` belong to the client. */
export const profilePatchSchema = Type.Object(
  {
    name: Type.Optional(Type.String({ maxLength: 1000 })),
    x: Type.Optional(Type.Record(anyName, Type.Union([Type.String(), Type.Null()]))),
  },
  strict,
);
/** The answer of `PATCH /api/me`. */
export const profilePatchAnswerSchema = envelopeOf(
  Type.Object(
    {
      profile: Type.Object(
        {
          idTag: Type.String(),
          name: Type.String(),
          type: profileType,
          profilePic: Type.Optional(Type.String()),
          x: Type.Optional(Type.Record(anyName, Type.String())),
        },
        strict,
      ),
    },
    strict,
  ),
);

/** The body of `PATCH /api/profiles/:idTag`: B blocks, M mutes; A, T and null end both. */
export const treatmentPatchSchema = Type.Object(
  { status: Type.Optional(Type.Union(['A', 'B', 'T', 'M', null].map((each) => letter(each)))) },
  strict,
);
/** The answer of `PATCH /api/profiles/:idTag`. */
export const treatmentPatchAnswerSchema = envelopeOf(Type.Object({}, strict));

function letter(value: string | null) {
  return value === null ? Type.Null() : Type.Literal(value);
}
