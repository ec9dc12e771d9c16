/** Signs a token without sending or storing it. */
import { checkContent, checkFields, checkType } from '../../protocol/action-types.ts';
import { actionId } from '../../protocol/content-id.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { type ActionClaims, assertClaims, decodeToken } from '../../protocol/token.ts';
import type { Signer, UnsignedClaims } from '../runtime/signer.ts';

/** The claims to sign, and the tenant. */
export interface SignTokenInput {
  /** The tenant that signs. */
  as: string;
  claims: UnsignedClaims;
  /** Refuse claims that a receiver would refuse. */
  check: boolean;
}

/** A signed token. It was neither sent nor stored. */
export interface SignedToken {
  token: string;
  actionId: string;
  claims: Record<string, unknown>;
}

/**
 * Signs an action token as a tenant.
 * @throws CloudilloError `usage.claims` (a receiver would refuse it), `key.*`, `token.claims` and similar for claims of
 * a wrong shape
 */
export async function signToken({ signer }: { signer: Signer }, input: SignTokenInput): Promise<SignedToken> {
  const { as, claims, check } = input;
  if (check) assertRules({ iat: 0, ...claims, iss: as, k: 'new' } as ActionClaims);
  const token = await signer.sign(as, claims);
  return { token, actionId: actionId(token), claims: decodeToken(token).claims };
}

/** Applies the rules of every inbox. PROXY is no action and has rules of its own. */
function assertRules(claims: ActionClaims): void {
  try {
    assertClaims(claims);
  } catch (cause) {
    if (cause instanceof CloudilloError) throw refused(cause.message, cause);
    throw cause;
  }
  const breach = checkType(claims.t) ?? checkFields(claims) ?? checkContent(claims);
  if (breach) throw refused(breach.reason);
}

function refused(reason: string, cause?: unknown): CloudilloError {
  return new CloudilloError('usage.claims', `No instance would accept this token: ${reason}`, {
    stage: 'input',
    hint: 'Correct the flags, or sign it anyway with --no-check',
    cause,
  });
}
