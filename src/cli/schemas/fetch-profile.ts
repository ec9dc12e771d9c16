/** The JSON of `fetch-profile`. */
import { Type } from '@sinclair/typebox';
import { errorObject } from './error.ts';
import { timingsSchema, tlsSchema } from './request.ts';

const keyReport = Type.Object(
  {
    keyId: Type.String(),
    usable: Type.Boolean({ description: 'is it a point on P-384?' }),
    fingerprint: Type.Union([Type.String(), Type.Null()]),
    expiresAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
    expired: Type.Boolean(),
    problem: Type.Optional(
      Type.Object({ code: Type.String(), reason: Type.String() }, { additionalProperties: false }),
    ),
  },
  { additionalProperties: false },
);

/** A fetched profile. */
export const profileReport = Type.Object(
  {
    idTag: Type.String(),
    name: Type.String(),
    type: Type.Union([Type.Literal('person'), Type.Literal('community')]),
    profilePic: Type.Union([Type.String(), Type.Null()]),
    keys: Type.Array(keyReport),
    url: Type.String(),
    address: Type.Union([Type.String(), Type.Null()], { description: 'the address that answered' }),
    tls: Type.Union([tlsSchema, Type.Null()]),
    timings: timingsSchema,
    attempts: Type.Integer({ minimum: 1 }),
  },
  { additionalProperties: false },
);

/** A name whose profile could not be fetched. */
export const failedProfile = Type.Object({ idTag: Type.String(), error: errorObject }, { additionalProperties: false });
