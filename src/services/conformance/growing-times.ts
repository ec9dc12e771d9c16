/** Times of what a peer signs. */
import { actionKey } from '../../protocol/action-types.ts';
import { seconds } from './made-tokens.ts';
import type { ActingPeer } from './target.ts';

/**
 * Signs as a good sender does: an action gets a greater time than the one before with the same key (specification: Replacement). Cases are
 * faster than the seconds of `iat`.
 */
export function withGrowingTimes(idTag: string, now: () => number, sign: ActingPeer['sign']): ActingPeer['sign'] {
  const last = new Map<string, number>();
  return async (claims) => {
    const key = claims['iat'] === undefined ? actionKey({ ...claims, iss: idTag }) : null;
    if (key === null) return sign(claims);
    const iat = Math.max(seconds({ now }), (last.get(key) ?? 0) + 1);
    last.set(key, iat);
    return sign({ ...claims, iat });
  };
}
