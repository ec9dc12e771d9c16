/** The status of an action as a caller is shown it. */
import type { ActionStatus } from '../../store/model/events.ts';
import type { ActionRow } from '../../store/model/rows.ts';
import type { Caller } from './caller.ts';

/**
 * The status that the issuer is shown of an action that the owner's settings rejected silently: the one that it would
 * have otherwise.
 */
const SILENT: ReadonlyMap<string, ActionStatus> = new Map([
  ['FLLW', 'A'],
  ['CONN', 'C'],
  ['SUBS', 'C'],
]);

/** Types that are shown with one of these statuses to the issuer of an action that was rejected silently. */
export function silencedTypes(shown: readonly ActionStatus[]): string[] {
  return [...SILENT].filter(([, status]) => shown.includes(status)).map(([type]) => type);
}

/**
 * The status that a caller is shown, alike by ID, in lists and in counts. A difference would reveal the setting.
 * @returns null when the action is gone for this caller
 */
export function shownStatus(row: Readonly<ActionRow>, { idTag, owner }: Caller): ActionStatus | null {
  if (owner || row.status !== 'D') return row.status;
  return row.issuer === idTag ? (SILENT.get(row.type) ?? null) : null;
}
