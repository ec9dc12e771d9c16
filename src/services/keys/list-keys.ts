/** Lists the keys of a tenant. */
import { actingTenant } from '../runtime/acting-tenant.ts';
import type { Deps } from '../runtime/deps.ts';
import { type KeyView, keyViews } from './key-view.ts';

/** Lists the keys of a tenant, oldest first. @throws CloudilloError `home.identity-missing`, `usage.as` */
export async function listKeys(
  { identities, clock }: Pick<Deps, 'identities' | 'clock'>,
  input: { as?: string | undefined },
): Promise<{ idTag: string; keys: KeyView[] }> {
  const identity = await actingTenant(identities, input.as);
  return { idTag: identity.idTag, keys: keyViews(identity, clock.wall()) };
}
