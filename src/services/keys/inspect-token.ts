import { decodeToken } from '../../protocol/token.ts';

/** What a token says of itself. Nothing in it is verified, so that there is no verdict to give. */
export interface Inspection {
  actionId: string;
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
  /** Length in bytes; an ES384 signature has 96. */
  signatureBytes: number;
}

/**
 * Decodes a token, and does nothing else.
 * @throws CloudilloError `token.malformed`
 */
export function inspectToken(token: string): Inspection {
  const { actionId, header, claims, signature } = decodeToken(token);
  return { actionId, header, claims, signatureBytes: signature.length };
}
