/** The blocks of a tenant as a list that can be kept and shared: `blocks export` and `blocks import`. */
import { isDomainPattern, isInDomain, parseIdTagOrDomain } from '../../protocol/domain-pattern.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { actingTenant } from '../runtime/acting-tenant.ts';
import type { Deps } from '../runtime/deps.ts';
import { setTreatment, type TreatmentResult } from './treatment.ts';

/** A block in the list. */
export interface BlockView {
  /** A peer, or a domain: `*.bad.example`. */
  peer: string;
  /** ISO 8601. */
  since: string;
}

/** Lists the peers and domains that a tenant blocks, by name. @throws CloudilloError `home.identity-missing`, `usage.id-tag` */
export async function listBlocks(
  { store, identities }: Pick<Deps, 'store' | 'identities'>,
  { as }: { as?: string | undefined },
): Promise<{ idTag: string; blocks: BlockView[] }> {
  const { idTag } = await actingTenant(identities, as);
  const blocks = store
    .treatments(idTag)
    .filter(({ blocked }) => blocked)
    .map(({ peer, at }) => ({ peer, since: new Date(at).toISOString() }));
  return { idTag, blocks: blocks.sort((a, b) => (a.peer < b.peer ? -1 : 1)) };
}

/** The most blocks of one import. */
const MOST = 50_000;

/** How many are stored at the same time. */
const AT_ONCE = 200;

/**
 * Blocks all peers and domains of a list. The list is read whole first: with a wrong name in it nothing is blocked.
 * @throws CloudilloError `usage.id-tag` (also for more than 50,000), `usage.self`, `home.identity-missing`, `store.*`
 */
export async function importBlocks(
  deps: Pick<Deps, 'store' | 'identities' | 'clock' | 'locks'>,
  { as, peers }: { as?: string | undefined; peers: readonly string[] },
): Promise<{ as: string; results: TreatmentResult[] }> {
  if (peers.length > MOST) {
    throw new CloudilloError(
      'usage.id-tag',
      `The list has ${peers.length} names; at most ${MOST} are blocked at once`,
      {
        stage: 'input',
      },
    );
  }
  const { idTag } = await actingTenant(deps.identities, as);
  const wanted = [...new Set(peers.map(parseIdTagOrDomain))];
  if (wanted.some((peer) => peer === idTag || (isDomainPattern(peer) && isInDomain(idTag, peer)))) {
    throw new CloudilloError('usage.self', `The list names ${idTag} itself, or its domain`, { stage: 'input' });
  }
  const results: TreatmentResult[] = [];
  for (let start = 0; start < wanted.length; start += AT_ONCE) {
    const some = wanted.slice(start, start + AT_ONCE);
    results.push(...(await Promise.all(some.map((peer) => setTreatment(deps, { as: idTag, peer, blocked: true })))));
  }
  return { as: idTag, results };
}
