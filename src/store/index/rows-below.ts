/** The rows below some actions. */
import type { ActionTable } from './action-table.ts';
import { NONE } from './references.ts';
import { Looks, PAUSE } from './slices.ts';

/** Gathering more rows costs more than it saves. */
const MAX_ROWS = 100_000;

/**
 * The rows of these actions and of all actions below them: those that answer or refer to one of them, and so on. In slices.
 * @returns null when there are too many to gather
 */
export function* rowsBelow(
  table: ActionTable,
  actionIds: Iterable<string>,
): Generator<typeof PAUSE, ReadonlySet<number> | null> {
  const looks = new Looks();
  const rows = new Set<number>();
  const open: number[] = [];
  const seen = new Set<number>();
  const visit = (reference: number): void => {
    for (const name of table.namesOf(reference)) {
      if (seen.has(name)) continue;
      seen.add(name);
      open.push(name);
    }
  };
  for (const actionId of actionIds) {
    const reference = table.references.find(actionId);
    if (reference === null) continue;
    const row = reference < 0 ? NONE : table.rowOfId(reference);
    if (row !== NONE) rows.add(row);
    visit(reference);
  }
  for (let reference = open.pop(); reference !== undefined; reference = open.pop()) {
    for (const chains of [table.byParent, table.bySubject]) {
      for (const row of chains.of(reference)) {
        if (rows.size >= MAX_ROWS) return null;
        rows.add(row);
        visit(table.columns.id.at(row));
        if (looks.take()) yield PAUSE;
      }
    }
  }
  return rows;
}
