/** Tells an observer of each lookup of a key: whose it was, and where it came from. */
import { type Observer, observed } from '../../protocol/observer.ts';
import type { KeyResolver } from './key-resolver.ts';

/** Makes a span of each lookup. A request for the key is a part of it. */
export function observedKeys<R extends KeyResolver>(keys: R, observer: Observer): R {
  return {
    ...keys,
    resolve: (issuer, keyId, options) =>
      observed(observer, 'key lookup', async (span) => {
        span?.fact('cloudillo.issuer', issuer);
        span?.fact('cloudillo.key.id', keyId);
        const found = await keys.resolve(issuer, keyId, options);
        span?.fact('cloudillo.key.source', found.source);
        span?.fact('cloudillo.key.found', found.key !== null);
        if (found.profile) span?.fact('cloudillo.key.fetched', new Date(found.profile.fetchedAt).toISOString());
        return found;
      }),
  };
}
