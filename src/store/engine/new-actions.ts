/**
 * Refuses actions that are stored already. An action has one row, and the caller must not go on with an ID that leads nowhere.
 */
import { CloudilloError } from '../../protocol/errors.ts';
import type { PreparedAction } from '../index/action-table.ts';
import { NONE } from '../index/references.ts';
import type { StoreIndex } from '../index/store-index.ts';

/**
 * Checks that no action is stored, or is there twice, by ID or by signing input.
 * @throws {CloudilloError} `store.duplicate`
 */
export function assertNew(index: StoreIndex, actions: readonly PreparedAction[]): void {
  const names = new Set<string>();
  for (const action of actions) {
    const { tenant, actionId } = action.event;
    const table = index.tenant(tenant).actions;
    const stored = table.find(actionId) !== NONE || table.findSigning(action.signing) !== NONE;
    if (stored || names.has(nameOf(action))) {
      throw new CloudilloError('store.duplicate', `The action ${actionId} says what is stored already`, {
        stage: 'store',
        details: { actionId },
      });
    }
    names.add(nameOf(action));
  }
}

/** Appends that aren't on disk yet. The index lacks their actions, so a second append of the same action waits for the first. */
export class Underway {
  readonly #ends = new Map<string, Promise<unknown>>();

  /** Runs `append` at once, or after all current appends of the same actions. @throws what `append` throws */
  async run(actions: readonly PreparedAction[], append: () => Promise<void>): Promise<void> {
    const names = actions.map(nameOf);
    for (let before = this.#first(names); before; before = this.#first(names)) await before;
    const appended = append();
    // Its own caller gets the error.
    const end = appended.catch(() => {});
    for (const name of names) this.#ends.set(name, end);
    try {
      await appended;
    } finally {
      for (const name of names) this.#ends.delete(name);
    }
  }

  #first(names: readonly string[]): Promise<unknown> | undefined {
    for (const name of names) {
      const end = this.#ends.get(name);
      if (end) return end;
    }
    return undefined;
  }
}

/** The name of an action. Two actions of the same name are one. */
function nameOf({ event, signing }: PreparedAction): string {
  return `${event.tenant} ${signing}`;
}
