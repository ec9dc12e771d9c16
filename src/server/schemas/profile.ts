import { Type } from '@sinclair/typebox';
import { envelopeOf } from './envelope.ts';
import { flag, oneOf } from './query.ts';

const strict = { additionalProperties: false };
/** The pattern that stands for `Type.String()` matches no line break, and the value under such a name would go unchecked. */
const anyName = Type.String({ pattern: '^' });
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
    status: Type.Optional(Type.Union([Type.Literal('B'), Type.Literal('M')])),
    connected: Type.Union([Type.Boolean(), Type.Literal('R')]),
    following: Type.Boolean(),
    follower: Type.Boolean(),
  },
  strict,
);

/** `GET /api/profiles`. Query strings are text: nothing is coerced. */
export const profileQuerySchema = Type.Object({
  idTag: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
  type: oneOf('person', 'community'),
  status: Type.Optional(
    Type.String({ pattern: '^[A-Z](,[A-Z]){0,15}$', description: 'up to 16 status letters with commas between' }),
  ),
  connected: oneOf('true', 'false', 'R'),
  following: flag,
  follower: flag,
  q: Type.Optional(Type.String({ maxLength: 256 })),
});

/** `GET /api/profiles` and one of them. */
export const profileListSchema = envelopeOf(Type.Array(knownProfileSchema));
export const knownProfileAnswerSchema = envelopeOf(knownProfileSchema);

/** `PATCH /api/me`. The fields of `x` are a client's own. */
export const profilePatchSchema = Type.Object(
  {
    name: Type.Optional(Type.String({ maxLength: 1000 })),
    x: Type.Optional(Type.Record(anyName, Type.Union([Type.String(), Type.Null()]))),
  },
  strict,
);
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

/** `PATCH /api/profiles/:idTag`: B blocked, M muted; A, T and null take both back. */
export const treatmentPatchSchema = Type.Object(
  { status: Type.Optional(Type.Union(['A', 'B', 'T', 'M', null].map((each) => letter(each)))) },
  strict,
);
export const treatmentPatchAnswerSchema = envelopeOf(Type.Object({}, strict));

function letter(value: string | null) {
  return value === null ? Type.Null() : Type.Literal(value);
}
