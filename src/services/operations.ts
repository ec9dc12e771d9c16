import type { Deps, Emit } from './deps.ts';

/** A use case as the door runs it: the store's owner does it, whoever asked. */
// biome-ignore lint/suspicious/noExplicitAny: the registry holds operations of every input; the door checks the name only
export type Operation = (deps: Deps, input: any, emit: Emit) => Promise<unknown>;

/**
 * Everything that needs the store: run in the process that takes the home, or in the one that has it (`control.sock`).
 * One line each, loaded when first used. Without `satisfies`, which would widen each to {@link Operation} and lose its types;
 * the door takes the registry as such a record, and so checks it.
 */
export const operations = {
  addFile: () => import('./files/add-local-file.ts').then((m) => m.addLocalFile),
  addKey: () => import('./add-key.ts').then((m) => m.addKey),
  checkStore: () => import('./check-store.ts').then((m) => m.checkStore),
  deliver: () => import('./deliver-now.ts').then((m) => m.deliverNow),
  follow: () => import('./follow.ts').then((m) => m.follow),
  listActions: () => import('./list-actions.ts').then((m) => m.listActions),
  listKeys: () => import('./list-keys.ts').then((m) => m.listKeys),
  listRelations: () => import('./list-relations.ts').then((m) => m.listRelations),
  rebuildStore: () => import('./rebuild-store.ts').then((m) => m.rebuildStore),
  revokeKey: () => import('./revoke-key.ts').then((m) => m.revokeKey),
  saveKeys: () => import('./save-keys.ts').then((m) => m.saveKeys),
  setSetting: () => import('./set-setting.ts').then((m) => m.setHomeSetting),
  showAction: () => import('./show-action.ts').then((m) => m.showAction),
  status: () => import('./status.ts').then((m) => m.status),
  unfollow: () => import('./unfollow.ts').then((m) => m.unfollow),
};

export type OperationName = keyof typeof operations;

/** What an operation is asked with. */
export type OperationInput<N extends OperationName> = Parameters<Awaited<ReturnType<(typeof operations)[N]>>>[1];

/** What an operation answers. */
export type OperationResult<N extends OperationName> = Awaited<ReturnType<Awaited<ReturnType<(typeof operations)[N]>>>>;
