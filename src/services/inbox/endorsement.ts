import type { ActionClaims } from '../../protocol/token.ts';
import type { Store } from '../../store/store-interface.ts';

/** Types whose accepted actions bring along what they are about (PROTOCOL.md, Walls). */
export const CARRIERS: readonly string[] = ['REPOST', 'INVT', 'APRV'];

/**
 * Does an action that we accepted name this one? Then its issuer needs no relation to us. An approval counts only from the
 * one whose wall, or whose conversation, it is.
 */
export function isEndorsed(
  store: Pick<Store, 'rows'>,
  tenant: string,
  actionId: string,
  { iss, aud }: Pick<ActionClaims, 'iss' | 'aud'>,
): boolean {
  const query = { types: CARRIERS, subject: actionId, statuses: ['A', 'C', 'N'] as const };
  for (const carrier of store.rows(tenant, query)) {
    if (carrier.type !== 'APRV' || carrier.issuer === iss || carrier.issuer === aud) return true;
  }
  return false;
}
