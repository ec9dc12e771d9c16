/** The JSON of `keygen` and `key list`. */
import { type Static, Type } from '@sinclair/typebox';
import { dateTime, nullable, oneOf, strict } from './nullable.ts';

/** A public key in the form of `--form`: wire form or PEM as text, JWK as an object. */
const publicKey = Type.Union([Type.String(), Type.Record(Type.String(), Type.Unknown())]);

/** A key of an identity. It contains no secret. */
export const keySchema = Type.Object(
  {
    keyId: Type.String(),
    state: oneOf('signing', 'published', 'expired', 'revoked'),
    fingerprint: Type.String({ description: 'SHA256:… of the SPKI' }),
    publicKey,
    createdAt: dateTime(),
    expiresAt: nullable(dateTime()),
    revokedAt: nullable(dateTime()),
    encrypted: Type.Boolean({ description: 'the key file needs a passphrase' }),
  },
  strict,
);

/** `key list`: the keys of an identity. */
export const keyList = Type.Object({ idTag: Type.String(), keys: Type.Array(keySchema) }, strict);

/** A key that was added to an identity. */
export const addedKey = Type.Object(
  {
    idTag: Type.String(),
    added: keySchema,
    expiring: Type.Array(keySchema, { description: 'older keys whose expiry was set now' }),
  },
  strict,
);

/** `--revoke`: a revoked key. */
export const revokedKey = Type.Object(
  {
    idTag: Type.String(),
    revoked: keySchema,
    already: Type.Boolean({ description: 'it had been revoked before' }),
    signing: nullable(keySchema),
    signedActions: Type.Integer({ description: 'own actions in the store that it signed' }),
  },
  strict,
);

/** `--out`: a key in a file. */
export const keyFile = Type.Object(
  {
    file: Type.String({ description: 'absolute path' }),
    fingerprint: Type.String(),
    publicKey,
    encrypted: Type.Boolean(),
  },
  strict,
);

export type KeyOutput = Static<typeof keySchema>;
export type KeyListOutput = Static<typeof keyList>;
export type AddedKeyOutput = Static<typeof addedKey>;
export type RevokedKeyOutput = Static<typeof revokedKey>;
export type KeyFileOutput = Static<typeof keyFile>;
/** The JSON of `keygen`. */
export type KeygenOutput = AddedKeyOutput | RevokedKeyOutput | KeyFileOutput;
