/** Which tenant a command acts as, and towards which peer. */
import { CloudilloError } from '../../protocol/errors.ts';
import { parseIdTag } from '../../protocol/id-tag.ts';
import type { Identity } from '../../store/identities/identity-document.ts';

/** The part of the identities that the choice needs. */
export interface IdentityReader {
  list(): Promise<Identity[]>;
  read(idTag: string): Promise<Identity | null>;
}

/**
 * The tenant that a command acts as: the one that `--as` names, else the only one of the home.
 * @throws CloudilloError `home.identity-missing`, `usage.as` (several tenants, none named), `usage.id-tag`
 */
export async function actingTenant(identities: IdentityReader, as: string | undefined): Promise<Identity> {
  if (as !== undefined) {
    const idTag = parseIdTag(as);
    const identity = await identities.read(idTag);
    if (identity) return identity;
    const known = (await identities.list()).map((each) => each.idTag);
    throw new CloudilloError('home.identity-missing', `${idTag} is not an identity of this home`, {
      stage: 'home',
      hint:
        known.length > 0 ? `It has ${known.join(', ')}: name one with --as` : `Create it with: cloudillo init ${idTag}`,
    });
  }
  const all = await identities.list();
  if (all.length === 1 && all[0]) return all[0];
  if (all.length === 0) {
    throw new CloudilloError('home.identity-missing', 'This home has no identity yet', {
      stage: 'home',
      hint: 'Create one with: cloudillo init alice.example.com',
    });
  }
  throw new CloudilloError('usage.as', `This home has ${all.length} identities: name one`, {
    stage: 'input',
    hint: `Add --as ${all.map((each) => each.idTag).join(' or --as ')}`,
  });
}

/**
 * The tenant that acts, and the peer that it acts towards.
 * @param deed the verb of the error message, such as `follow`: an identity can't do that to itself
 * @throws CloudilloError `usage.id-tag`, `usage.self`; as {@link actingTenant}
 */
export async function tenantAndPeer(
  identities: IdentityReader,
  { as, peer }: { as?: string | undefined; peer: string },
  deed: string,
): Promise<{ tenant: string; peer: string }> {
  const other = parseIdTag(peer);
  const { idTag: tenant } = await actingTenant(identities, as);
  if (tenant !== other) return { tenant, peer: other };
  throw new CloudilloError('usage.self', `${tenant} can't ${deed} itself`, {
    stage: 'input',
    hint: 'Name another identity; --as names the one that acts',
  });
}
