import type { Deps, Emit } from './deps.ts';

/** A use case as the door runs it: the store's owner does it, whoever asked. */
// biome-ignore lint/suspicious/noExplicitAny: the registry holds operations of every input; the door checks the name only
type Operation = (deps: Deps, input: any, emit: Emit) => Promise<unknown>;

/**
 * Everything that needs the store: run in the process that takes the home, or in the one that has it (`control.sock`).
 * One line each, loaded when first used.
 */
export const operations = {
  follow: () => import('./follow.ts').then((m) => m.follow),
} satisfies Record<string, () => Promise<Operation>>;

export type OperationName = keyof typeof operations;

/** What an operation is asked with. */
export type OperationInput<N extends OperationName> = Parameters<Awaited<ReturnType<(typeof operations)[N]>>>[1];

/** What an operation answers. */
export type OperationResult<N extends OperationName> = Awaited<ReturnType<Awaited<ReturnType<(typeof operations)[N]>>>>;

export function isOperation(name: unknown): name is OperationName {
  return typeof name === 'string' && Object.hasOwn(operations, name);
}
