/** The schemas of the routes for signing in and out. */
import { Type } from '@sinclair/typebox';
import { envelopeOf } from './envelope.ts';

const strict = { additionalProperties: false };
const jwt = Type.String({ pattern: '^[\\w-]+\\.[\\w-]+\\.[\\w-]+$' });
/** A secret. The maximum bounds what is hashed; no stored secret is longer. */
const secret = Type.String({ minLength: 1, maxLength: 2048 });
const roles = Type.Array(Type.String());

/** The body of `POST /api/auth/login`. */
export const loginBodySchema = Type.Object(
  { idTag: Type.String({ minLength: 1, maxLength: 255 }), password: secret },
  strict,
);

/** The identity that signed in, and its access token. */
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

/** The answer of `POST /api/auth/login`. */
export const loginAnswerSchema = envelopeOf(loginSchema);
/** The answer of `GET /api/auth/login-token`: null for a guest. */
export const loginTokenAnswerSchema = envelopeOf(Type.Union([loginSchema, Type.Null()]));
/** An answer without data. */
export const nothingAnswerSchema = envelopeOf(Type.Null());

/** The body of `POST /api/auth/logout`. The network's client sends `{}` or no body. */
export const logoutBodySchema = Type.Union([Type.Null(), Type.Object({ apiKey: Type.Optional(secret) }, strict)]);

/** The body of `POST /api/auth/password`. */
export const passwordBodySchema = Type.Object({ currentPassword: secret, newPassword: secret }, strict);
/** The answer of `POST /api/auth/password`. */
export const passwordAnswerSchema = envelopeOf(Type.Object({}, strict));

/** The query of `GET /api/auth/proxy-token`. */
export const proxyTokenQuerySchema = Type.Object(
  { idTag: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })) },
  strict,
);
/** The answer of `GET /api/auth/proxy-token`. */
export const proxyTokenAnswerSchema = envelopeOf(
  Type.Object({ token: Type.String(), roles: Type.Optional(roles) }, strict),
);
