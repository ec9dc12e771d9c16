/** Tells an observer where each key of a verification came from. */
import type { Observer, Span } from '../../protocol/observer.ts';
import type { KeyAnswer, KeySource } from './key-sources.ts';

/** Makes a span of each lookup, as the key resolver of a server does. A request for the key is a part of it. */
export function observedSource(observer: Observer, source: KeySource): KeySource {
  return async (issuer, keyId) => {
    const span = observer.begin('key lookup');
    if (!span) return source(issuer, keyId);
    span.fact('cloudillo.issuer', issuer);
    span.fact('cloudillo.key.id', keyId);
    try {
      const answer = await span.run(() => source(issuer, keyId));
      endWith(span, answer);
      return answer;
    } catch (error) {
      span.end(error);
      throw error;
    }
  };
}

function endWith(span: Span, answer: KeyAnswer): void {
  if (answer.key) {
    span.fact('cloudillo.key.source', answer.source);
    span.fact('cloudillo.key.location', answer.location);
  } else if (!answer.definite) {
    span.end({ code: answer.code, message: answer.reason });
    return;
  }
  span.fact('cloudillo.key.found', answer.key !== null);
  span.end();
}
