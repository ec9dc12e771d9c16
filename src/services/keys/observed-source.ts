/** Tells an observer where each key of a verification came from. */
import { type Observer, observed } from '../../protocol/observer.ts';
import type { KeySource } from './key-sources.ts';

/** Makes a span of each lookup, as the key resolver of a server does. A request for the key is a part of it. */
export function observedSource(observer: Observer, source: KeySource): KeySource {
  return (issuer, keyId) =>
    observed(observer, 'key lookup', async (span) => {
      span?.fact('cloudillo.issuer', issuer);
      span?.fact('cloudillo.key.id', keyId);
      const answer = await source(issuer, keyId);
      if (answer.key) {
        span?.fact('cloudillo.key.found', true);
        span?.fact('cloudillo.key.source', answer.source);
        span?.fact('cloudillo.key.location', answer.location);
      } else if (answer.definite) span?.fact('cloudillo.key.found', false);
      else span?.end({ code: answer.code, message: answer.reason });
      return answer;
    });
}
