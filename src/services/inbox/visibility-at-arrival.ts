/** The visibility of an arriving action. */
import type { ActionClaims } from '../../protocol/token.ts';
import { isVisibility, type Visibility } from '../../protocol/visibility.ts';
import type { Store } from '../../store/model/store-interface.ts';

/**
 * The visibility of an arriving action: its own letter, else its parent's, else its subject's, else the owner's default
 * (specification: Visibility). It is resolved once, at the arrival, so that a later change of the setting opens nothing. An
 * unknown letter is read as the narrowest.
 */
export function visibilityAtArrival(
  store: Pick<Store, 'row'>,
  tenant: string,
  claims: Pick<ActionClaims, 'v' | 'p' | 'sub'>,
  fallback: Visibility,
): Visibility {
  if (claims.v !== undefined) return isVisibility(claims.v) ? claims.v : 'D';
  for (const reference of [claims.p, claims.sub]) {
    const inherited = reference === undefined ? null : store.row(tenant, reference)?.visibility;
    if (inherited) return inherited;
  }
  return fallback;
}
