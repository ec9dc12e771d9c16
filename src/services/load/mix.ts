/** The mix of a load: which kinds of requests, in which proportion. */
import { CloudilloError } from '../../protocol/errors.ts';

/** What a load can send. Actions are of types that a stranger may send (specification: Action types). */
export const LOAD_KINDS = ['FLLW', 'REACT', 'PRES', 'PROXY', 'profile'] as const;

/** A kind of request. `PROXY`: a token exchange. `profile`: a read, without a token. */
export type LoadKind = (typeof LOAD_KINDS)[number];

/** Weights by kind, each at least 1. */
export type LoadMix = Partial<Record<LoadKind, number>>;

/** Reads `FLLW=8,REACT=2`; a kind alone has the weight 1. @throws CloudilloError `usage.value` */
export function parseMix(text: string): LoadMix {
  const mix: LoadMix = {};
  for (const part of text.split(',')) {
    const [, name, weight = '1'] = /^([A-Za-z]+)(?:=([1-9]\d{0,3}))?$/.exec(part) ?? [];
    const kind = LOAD_KINDS.find((one) => one === name);
    if (kind === undefined || mix[kind] !== undefined) {
      throw new CloudilloError('usage.value', `"${part}" is no part of a mix`, {
        stage: 'input',
        hint: `Write it like FLLW=8,REACT=2; each kind once: ${LOAD_KINDS.join(', ')}`,
      });
    }
    mix[kind] = Number(weight);
  }
  return mix;
}

/**
 * The kinds in the order in which they are sent: spread evenly, and the same in each run, so that two runs compare.
 * Each call gives the next one.
 */
export function mixSequence(mix: LoadMix): () => LoadKind {
  const parts = LOAD_KINDS.flatMap((kind) => (mix[kind] === undefined ? [] : [{ kind, weight: mix[kind], due: 0 }]));
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  return () => {
    for (const part of parts) part.due += part.weight;
    const next = parts.reduce((most, part) => (part.due > most.due ? part : most));
    next.due -= total;
    return next.kind;
  };
}
