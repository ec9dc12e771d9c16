/** The check that a CONN token ends in the proof of work that the recipient demands (specification: Proof of work). */
import { splitType } from './action-types.ts';
import { type Check, fail, pass, skip } from './check.ts';
import type { DecodedToken } from './token.ts';

/**
 * Checks the last letters of a token.
 * @param level how many letters `A` a CONN must end in; 0 when none are demanded
 */
export function checkProofOfWork({ token, claims }: Pick<DecodedToken, 'token' | 'claims'>, level: number): Check {
  const id = 'proof-of-work';
  if (typeof claims.t !== 'string' || splitType(claims.t).type !== 'CONN') return skip(id, 'only CONN needs it');
  if (level === 0) return skip(id, 'none is demanded');
  const suffix = 'A'.repeat(level);
  if (token.endsWith(suffix)) return pass(id, `ends with '${suffix}'`);
  const reason = `Proof of work required: token must end with '${suffix}' (${level} chars)`;
  return fail(id, 'token.proof-of-work', reason);
}
