/** The JSON of `sandbox cert`. */
import { type Static, Type } from '@sinclair/typebox';

/** The files of an issued certificate. */
export const sandboxCert = Type.Object(
  {
    idTag: Type.String(),
    hosts: Type.Array(Type.String(), { description: 'the names it is valid for' }),
    cert: Type.String({ description: 'path of the certificate (PEM)' }),
    key: Type.String({ description: 'path of its private key (PEM, PKCS#8)' }),
    ca: Type.String({ description: 'path of the authority’s certificate (PEM)' }),
    expiresAt: Type.String({ format: 'date-time' }),
    issued: Type.Boolean({ description: 'false: the one that was there lasts' }),
  },
  { additionalProperties: false },
);

export type SandboxCertOutput = Static<typeof sandboxCert>;
