/** Reads stored actions, one or a page: where they are from the index, their tokens from the journal. */
import { actionId as idOfToken } from '../../protocol/content-id.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { roleOf } from '../../protocol/roles.ts';
import { firstRows } from '../index/action-query.ts';
import type { ActionTable } from '../index/action-table.ts';
import { storedClaims } from '../index/prepare.ts';
import { NONE } from '../index/references.ts';
import { rowAt } from '../index/row-view.ts';
import type { JournalEvent } from '../model/events.ts';
import type { ActionList, ActionQuery, ActionRow, ActionTerms, StoredAction } from '../model/rows.ts';
import { inSlices } from '../turns/slices.ts';
import type { EventReader } from './event-reader.ts';

/** Bytes of records that are read and taken apart at once: a few milliseconds. Others have their turn before the next. */
const READ_TOGETHER = 512 * 1024;
/** A shorter record takes as long as one of so many bytes. */
const SHORT = 16 * 1024;

/** Reads the actions of any tenant of one store. */
export class ActionReader {
  readonly #reader: EventReader;

  constructor(reader: EventReader) {
    this.#reader = reader;
  }

  /** Reads an action by its ID or an alias. Null: none is stored, or its token is erased. @throws {CloudilloError} `store.damaged` */
  async action(actions: ActionTable, actionId: string): Promise<StoredAction | null> {
    const row = actions.find(actionId);
    return row === NONE || actions.isErased(row) ? null : this.#read(actions, row, actionId);
  }

  /** Reads what an action allows, which a compaction keeps when it erases the token. */
  async terms(actions: ActionTable, actionId: string): Promise<ActionTerms | null> {
    const row = actions.find(actionId);
    if (row === NONE) return null;
    const event = await this.#reader.event(actions.position(row));
    if (event?.kind === 'trace') return { flags: event.claims.f ?? null, role: event.role ?? null };
    const read = await this.#read(actions, row, actions.actionId(row), event);
    return read && { flags: read.claims.f ?? null, role: roleOf(read.claims) };
  }

  /** Reads a page. Actions whose records are damaged are listed apart. */
  async list(actions: ActionTable, query: ActionQuery): Promise<ActionList> {
    const asked = { ...query, readable: true } as const;
    const { rows, more } = await inSlices(firstRows(actions, asked, Math.max(0, query.limit)));
    const lengthOf = (row: number) => actions.position(row).length;
    const wanted = asManyAsFit(rows, lengthOf, query.bytes);
    const last = more || wanted.length < rows.length ? wanted.at(-1) : undefined;
    const next = last === undefined ? null : cursorAt(actions, last);
    const damaged: ActionRow[] = [];
    const read = (row: number) =>
      this.#read(actions, row).catch((error) => {
        if (!(error instanceof CloudilloError && error.code === 'store.damaged')) throw error;
        damaged.push(rowAt(actions, row));
        return null;
      });
    const found: StoredAction[] = [];
    for (let rest = wanted; rest.length > 0; ) {
      const together = asManyAsFit(rest, (row) => Math.max(lengthOf(row), SHORT), READ_TOGETHER);
      const each = await Promise.all(together.map(read));
      found.push(...each.filter((action) => action !== null));
      rest = rest.slice(together.length);
    }
    return { actions: found, next, damaged };
  }

  /** @param name the ID or an alias: the token that hashes to it is returned @param known the record, where it was read before */
  async #read(
    actions: ActionTable,
    row: number,
    name = actions.actionId(row),
    known: JournalEvent | null = null,
  ): Promise<StoredAction | null> {
    const event = known ?? (await this.#reader.event(actions.aliasPosition(name) ?? actions.position(row)));
    // It may have been erased since the caller looked.
    if (event?.kind === 'trace' || event?.kind === 'twin') return null;
    // The row is taken after the record was read: its status may have changed meanwhile.
    const found = { ...rowAt(actions, row), actionId: name };
    const isOne = event?.kind === 'action' || event?.kind === 'alias';
    if (!isOne || event.actionId !== found.actionId || idOfToken(event.token) !== event.actionId) {
      throw new CloudilloError('store.damaged', `The stored record of ${found.actionId} isn't that action`, {
        stage: 'store',
        hint: 'Run "cloudillo store check", then "cloudillo store rebuild".',
        details: { actionId: found.actionId },
      });
    }
    return { ...found, token: event.token, claims: storedClaims(event.token) };
  }
}

/** The first ones whose records together have at most so many bytes; one at least. */
function asManyAsFit(rows: number[], lengthOf: (row: number) => number, bytes = Number.POSITIVE_INFINITY): number[] {
  let sum = 0;
  const beyond = rows.findIndex((row, index) => {
    sum += lengthOf(row);
    return index > 0 && sum > bytes;
  });
  return beyond < 0 ? rows : rows.slice(0, beyond);
}

function cursorAt(actions: ActionTable, row: number): ActionList['next'] {
  const { createdAt, actionId } = rowAt(actions, row);
  return { createdAt, actionId };
}
