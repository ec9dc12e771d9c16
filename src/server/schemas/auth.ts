import { Type } from '@sinclair/typebox';
import { envelopeOf } from './envelope.ts';

const strict = { additionalProperties: false };
const jwt = Type.String({ pattern: '^[\\w-]+\\.[\\w-]+\\.[\\w-]+$' });
/** What was never set can't be longer; bounds what is hashed. */
const secret = Type.String({ minLength: 1, maxLength: 2048 });
const roles = Type.Array(Type.String());

/** `POST /api/auth/login`. */
export const loginBodySchema = Type.Object(
  { idTag: Type.String({ minLength: 1, maxLength: 255 }), password: secret },
  strict,
);

/** Who signed in, and the token to go on with. */
export const loginSchema = Type.Object(
  {
    tnId: Type.Integer(),
    idTag: Type.String(),
    roles,
    token: jwt,
    name: Type.String(),
    profilePic: Type.String({ description: 'file ID; empty when there is none' }),
    settings: Type.Array(Type.Never()),
  },
  strict,
);

export const loginAnswerSchema = envelopeOf(loginSchema);
/** `GET /api/auth/login-token`: null for a guest. */
export const loginTokenAnswerSchema = envelopeOf(Type.Union([loginSchema, Type.Null()]));
/** Done, and nothing to tell. */
export const nothingAnswerSchema = envelopeOf(Type.Null());

/** `POST /api/auth/logout`; the network's client sends `{}` or nothing at all. */
export const logoutBodySchema = Type.Union([Type.Null(), Type.Object({ apiKey: Type.Optional(secret) }, strict)]);

/** `POST /api/auth/password`. */
export const passwordBodySchema = Type.Object({ currentPassword: secret, newPassword: secret }, strict);
export const passwordAnswerSchema = envelopeOf(Type.Object({}, strict));

/** `GET /api/auth/proxy-token`. */
export const proxyTokenQuerySchema = Type.Object(
  { idTag: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })) },
  strict,
);
export const proxyTokenAnswerSchema = envelopeOf(
  Type.Object({ token: Type.String(), roles: Type.Optional(roles) }, strict),
);
