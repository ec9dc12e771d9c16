import type { ActionStatus } from '../../store/model/events.ts';
import type { ActionRow } from '../../store/model/rows.ts';
import type { Caller } from './caller.ts';

/** Personal actions that the owner's settings reject without telling, and what their issuer sees: what it would else. */
const SILENT: ReadonlyMap<string, ActionStatus> = new Map([
  ['FLLW', 'A'],
  ['CONN', 'C'],
  ['SUBS', 'C'],
]);

/**
 * The status that a caller is shown, the same by ID, in lists and in counts: a difference would tell the setting.
 * @returns null for what is gone for it
 */
export function shownStatus(row: Readonly<ActionRow>, { idTag, owner }: Caller): ActionStatus | null {
  if (owner || row.status !== 'D') return row.status;
  return row.issuer === idTag ? (SILENT.get(row.type) ?? null) : null;
}
