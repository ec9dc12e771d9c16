import type { Deps } from '../runtime/deps.ts';
import { ownIdentity } from '../runtime/own-identity.ts';
import { type KeyView, keyViews } from './key-view.ts';

/** The keys of one identity of this home. */
export async function listKeys(
  { identities, clock }: Pick<Deps, 'identities' | 'clock'>,
  input: { as?: string | undefined },
): Promise<{ idTag: string; keys: KeyView[] }> {
  const identity = await ownIdentity(identities, input.as);
  return { idTag: identity.idTag, keys: keyViews(identity, clock.wall()) };
}
