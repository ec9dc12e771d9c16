/** Decodes a token without verifying it. */
import { decodeToken } from '../../protocol/token.ts';

/** The decoded content of a token. Nothing is verified, so there is no verdict. */
export interface Inspection {
  actionId: string;
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
  /** The signature's length in bytes; an ES384 signature has 96. */
  signatureBytes: number;
}

/** Decodes a token without verifying it. @throws CloudilloError `token.malformed` */
export function inspectToken(token: string): Inspection {
  const { actionId, header, claims, signature } = decodeToken(token);
  return { actionId, header, claims, signatureBytes: signature.length };
}
