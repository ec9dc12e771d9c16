/** Rows of the action table as objects. */
import type { Visibility } from '../../protocol/visibility.ts';
import type { ActionStatus, Direction } from '../model/events.ts';
import type { ActionRow } from '../model/rows.ts';
import type { ActionTable } from './action-table.ts';
import { NONE } from './references.ts';

/** A row as a plain object that doesn't change. */
export function rowAt(table: ActionTable, row: number): ActionRow {
  return new RowView(table).move(row).toRow();
}

/** An {@link ActionRow} that reads only the fields that are used: a condition over many rows costs no more. */
export class RowView implements ActionRow {
  readonly #table: ActionTable;
  #row = 0;

  constructor(table: ActionTable) {
    this.#table = table;
  }

  /** Moves the same object to another row. */
  move(row: number): this {
    this.#row = row;
    return this;
  }

  get actionId(): string {
    return this.#table.actionId(this.#row);
  }
  get type(): string {
    return this.#table.split(this.#table.columns.kind.at(this.#row)).type;
  }
  get subtype(): string | null {
    return this.#table.split(this.#table.columns.kind.at(this.#row)).subtype;
  }
  get issuer(): string {
    return this.#table.people.at(this.#table.columns.issuer.at(this.#row));
  }
  get audience(): string | null {
    const audience = this.#table.columns.audience.at(this.#row);
    return audience === NONE ? null : this.#table.people.at(audience);
  }
  get parent(): string | null {
    return this.#table.nameAt(this.#table.columns.parent.at(this.#row));
  }
  get subject(): string | null {
    return this.#table.nameAt(this.#table.columns.subject.at(this.#row));
  }
  get status(): ActionStatus {
    return this.#table.statusOf(this.#row);
  }
  get visibility(): Visibility | null {
    return this.#table.visibilityOf(this.#row);
  }
  get createdAt(): number {
    return this.#table.columns.createdAt.at(this.#row);
  }
  get receivedAt(): number {
    return this.#table.columns.receivedAt.at(this.#row);
  }
  get expiresAt(): number | null {
    const expiresAt = this.#table.columns.expiresAt.at(this.#row);
    return Number.isNaN(expiresAt) ? null : expiresAt;
  }
  get direction(): Direction {
    return this.#table.directionOf(this.#row);
  }
  get current(): boolean {
    return this.#table.isCurrent(this.#row);
  }

  /** A plain object that doesn't change. */
  toRow(): ActionRow {
    const { actionId, type, subtype, issuer, audience, parent, subject, status } = this;
    const { visibility, createdAt, receivedAt, expiresAt, direction, current } = this;
    return {
      actionId,
      type,
      subtype,
      issuer,
      audience,
      parent,
      subject,
      status,
      visibility,
      createdAt,
      receivedAt,
      expiresAt,
      direction,
      current,
    };
  }
}
