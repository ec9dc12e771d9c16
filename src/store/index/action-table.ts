/** The actions of one tenant, as columns. */
import { splitType } from '../../protocol/action-types.ts';
import type { ActionClaims } from '../../protocol/claims.ts';
import type { Visibility } from '../../protocol/visibility.ts';
import { type ActionEvent, type ActionStatus, type AliasEvent, type Direction, STATUSES } from '../model/events.ts';
import { PAUSE } from '../turns/slices.ts';
import { type ActionClass, ActionTally } from './action-tally.ts';
import { Aliases } from './aliases.ts';
import { Attachments } from './attachments.ts';
import { Chains } from './chains.ts';
import { Column } from './column.ts';
import { DigestTable } from './digest-table.ts';
import { type EventPosition, EventPositions } from './event-positions.ts';
import { IdBeginnings } from './id-beginnings.ts';
import { KeyTable } from './key-table.ts';
import { LateOrder } from './late-order.ts';
import { OrderedRows } from './ordered-rows.ts';
import { Postings } from './postings.ts';
import { digestOf, NONE, References } from './references.ts';
import { bytesOf, type SectionSink, type SectionSource } from './sections.ts';
import { StringPool } from './string-pool.ts';

// The index saves the numbers of letters: append only.
const LETTERS: readonly (Visibility | null)[] = [null, 'P', 'V', '2', 'F', 'C', 'S', 'D'];
const OUTGOING = 1;
const REPLACED = 2;
const ERASED = 4;
const DELETED_BY_KEY = 8;

/** An action event with the parts of its token that the index needs. */
export interface PreparedAction {
  event: ActionEvent;
  claims: ActionClaims;
  /** SHA-256 of the signing input, one character for each byte. */
  signing: string;
  /** The filled-in key pattern of its type, or its SHA-256, one character for each byte; null for a type without a key. */
  key: string | { digest: string } | null;
  /** Whether a compaction has removed the token. */
  isErased: boolean;
  /** The length of the token. */
  bytes: number;
}

/** The actions of one tenant as columns. Rows are numbered in order of arrival and never move. */
export class ActionTable {
  readonly references: References;
  readonly people = new StringPool();
  readonly kinds = new StringPool();
  /** Types without their subtypes. Peers invent subtypes; there are few types. */
  readonly types = new StringPool();
  readonly tally = new ActionTally();
  /** The erased ones among them. */
  readonly erasedTally = new ActionTally();
  #erased = 0;
  #erasableBytes = 0;
  readonly order: OrderedRows;
  readonly byParent = new Chains();
  readonly bySubject = new Chains();
  readonly attachments = new Attachments();
  readonly keys: KeyTable;
  readonly aliases = new Aliases();
  readonly #beginnings: IdBeginnings;
  /** One entry for each row. Its number is the row. */
  readonly #signings: DigestTable;
  /** The number of an action ID → row. */
  readonly #rowOf = new Column('i32');
  readonly columns = {
    id: new Column('u32'),
    kind: new Column('u32'),
    issuer: new Column('u32'),
    audience: new Column('i32'),
    parent: new Column('i32'),
    subject: new Column('i32'),
    status: new Column('u8'),
    visibility: new Column('u8'),
    flags: new Column('u8'),
    createdAt: new Column('f64'),
    receivedAt: new Column('f64'),
    expiresAt: new Column('f64'),
  };
  readonly #positions = new EventPositions();
  /** The rows of an issuer, an audience or a type. */
  readonly byIssuer = new Postings(this.columns.issuer);
  readonly byAudience = new Postings(this.columns.audience);
  readonly byType: Postings;
  /**
   * The rows that everybody may read, in order. They are few, and all that a list for a guest contains. Made at the first use.
   */
  readonly publicOrder: LateOrder;
  /** All rows by arrival time, which differs from their numbers after the clock was set back. Made at the first use. */
  readonly receivedOrder: LateOrder;
  readonly #split: { type: string; subtype: string | null; typeNumber: number }[] = [];

  constructor(seed: Uint32Array) {
    this.references = new References(seed);
    this.#beginnings = new IdBeginnings(this.references);
    this.#signings = new DigestTable(16, seed);
    const { kind, visibility, createdAt, receivedAt } = this.columns;
    this.order = new OrderedRows((row) => createdAt.at(row));
    const typeAt = (row: number) => this.typeOf(kind.at(row));
    this.byType = new Postings({
      get length() {
        return kind.length;
      },
      at: typeAt,
    });
    const everyone = visibilityCode('P');
    const isPublic = (row: number) => visibility.at(row) === everyone;
    this.publicOrder = new LateOrder({ rows: createdAt, timeOf: (row) => createdAt.at(row), takes: isPublic });
    this.receivedOrder = new LateOrder({ rows: receivedAt, timeOf: (row) => receivedAt.at(row), takes: () => true });
    this.keys = new KeyTable(seed, {
      issuerOf: (row) => this.columns.issuer.at(row),
      timeOf: (row) => this.columns.createdAt.at(row),
    });
  }

  get length(): number {
    return this.columns.id.length;
  }

  /** The row of an action ID, or NONE. */
  find(actionId: string): number {
    const reference = this.references.find(actionId);
    return reference === null || reference < 0 ? NONE : this.rowOfId(reference);
  }

  /** The row of an action by the number of its ID, or NONE. */
  rowOfId(id: number): number {
    return id < this.#rowOf.length ? this.#rowOf.at(id) : NONE;
  }

  /** The row with this signing input, or NONE. */
  findSigning(signing: string): number {
    return this.#signings.find(signing);
  }

  /**
   * Lets another ID lead to the row with the same claims. @returns false when it led somewhere already, or leads nowhere: there is
   * no such row, because its record is damaged
   * @param signing SHA-256 of the signing input, one character for each byte
   */
  addAlias({ actionId }: Pick<AliasEvent, 'actionId'>, signing: string, position: EventPosition): boolean {
    const row = this.findSigning(signing);
    if (row === NONE || this.find(actionId) !== NONE) return false;
    const id = this.references.ids.add(digestOf(actionId));
    this.#lead(id, row);
    this.aliases.add(row, id, position);
    return true;
  }

  /** All IDs of the action that a reference leads to; of any other reference only itself. */
  namesOf(reference: number): readonly number[] {
    const row = this.aliases.size > 0 && reference >= 0 ? this.rowOfId(reference) : NONE;
    return row === NONE ? [reference] : [this.columns.id.at(row), ...this.aliases.of(row)];
  }

  /** A reference as text; an alias as the ID of its action. */
  nameAt(reference: number): string | null {
    const row = this.aliases.size > 0 && reference >= 0 ? this.rowOfId(reference) : NONE;
    return row === NONE ? this.references.at(reference) : this.actionId(row);
  }

  /** A key with the IDs of actions in place of their aliases. */
  keyOf(key: string): string {
    if (this.aliases.size === 0) return key;
    return key.replace(/a1~[A-Za-z0-9_-]{43}/g, (id) => {
      const row = this.find(id);
      return row === NONE ? id : this.actionId(row);
    });
  }

  /** Adds a row. @returns false when it is there already, by ID or by signing input */
  add({ event, claims, signing, key, isErased }: PreparedAction, position: EventPosition): boolean {
    const id = this.references.ids.add(digestOf(event.actionId));
    if (this.rowOfId(id) !== NONE || this.#signings.find(signing) >= 0) return false;
    const row = this.#signings.add(signing);
    this.#lead(id, row);
    const parent = this.references.add(claims.p);
    const subject = this.references.add(claims.sub);
    const { columns } = this;
    columns.id.push(id);
    columns.kind.push(this.kinds.add(claims.t));
    columns.issuer.push(this.people.add(claims.iss));
    columns.audience.push(claims.aud === undefined ? NONE : this.people.add(claims.aud));
    columns.parent.push(parent);
    columns.subject.push(subject);
    columns.status.push(STATUSES.indexOf(event.status));
    columns.visibility.push(visibilityCode(event.visibility ?? claims.v));
    columns.flags.push((event.direction === 'out' ? OUTGOING : 0) | (isErased ? ERASED : 0));
    columns.createdAt.push(claims.iat);
    columns.receivedAt.push(event.receivedAt);
    columns.expiresAt.push(claims.exp ?? Number.NaN);
    this.#positions.push(position);
    this.order.add(row);
    this.byParent.add(row, parent);
    this.bySubject.add(row, subject);
    if (claims.a && claims.a.length > 0) this.attachments.add(row, claims.a);
    this.#count(row, 1);
    const replaced = this.keys.add(row, typeof key === 'string' ? this.keyOf(key) : key);
    if (replaced !== NONE) this.#noteReplaced(replaced, row);
    return true;
  }

  #noteReplaced(row: number, by: number): void {
    const { flags } = this.columns;
    const isDeletion = by !== row && this.#isDeletion(by) && !this.#isDeletion(row);
    this.#reclass(row, () => flags.set(row, flags.at(row) | REPLACED | (isDeletion ? DELETED_BY_KEY : 0)));
  }

  #isDeletion(row: number): boolean {
    return this.split(this.columns.kind.at(row)).subtype === 'DEL';
  }

  #lead(id: number, row: number): void {
    while (this.#rowOf.length <= id) this.#rowOf.push(NONE);
    this.#rowOf.set(id, row);
  }

  setStatus(row: number, status: ActionStatus): void {
    this.#reclass(row, () => this.columns.status.set(row, STATUSES.indexOf(status)));
  }

  classOf(row: number): ActionClass {
    const { kind, audience, visibility, status } = this.columns;
    return {
      type: this.typeOf(kind.at(row)),
      hasAudience: audience.at(row) !== NONE,
      visibility: visibility.at(row),
      status: status.at(row),
      current: this.isCurrent(row),
    };
  }

  /** How many rows are erased. */
  get erased(): number {
    return this.#erased;
  }

  /** Roughly the bytes of deleted actions that may be erased. */
  get erasableBytes(): number {
    return this.#erasableBytes;
  }

  /** Whether the token is read no longer. */
  isErased(row: number): boolean {
    return (this.columns.flags.at(row) & ERASED) !== 0;
  }

  erase(row: number): void {
    this.#reclass(row, () => this.columns.flags.set(row, this.columns.flags.at(row) | ERASED));
  }

  /**
   * Whether the action is deleted and was not erased yet. Of a type with a key only what its `:DEL` found is known here
   * (`engine/keyed-deletions.ts` finds what was replaced before).
   */
  isErasable(row: number): boolean {
    const isDeleted = this.statusOf(row) === 'D' || (this.columns.flags.at(row) & DELETED_BY_KEY) !== 0;
    return isDeleted && !this.isErased(row);
  }

  #reclass(row: number, change: () => void): void {
    this.#count(row, -1);
    change();
    this.#count(row, 1);
  }

  #count(row: number, by: 1 | -1): void {
    const of = this.classOf(row);
    this.tally.change(of, by);
    if (this.isErased(row)) {
      this.erasedTally.change(of, by);
      this.#erased += by;
    } else if (this.isErasable(row)) {
      const { length, event } = this.position(row);
      // A record of many events isn't counted whole for each of them.
      this.#erasableBytes += by * Math.floor(length / (event + 1));
    }
  }

  /**
   * The IDs that begin so, one an action and `most` at most, in slices: its own, else an alias.
   */
  *idsBeginningWith(beginning: string, most: number): Generator<typeof PAUSE, string[]> {
    /** Row → the number of its ID. */
    const found = new Map<number, number>();
    for (const number of this.#beginnings.find(beginning)) {
      if (found.size >= most) break;
      if (number === PAUSE) yield PAUSE;
      // An action that is only referred to has no row.
      else this.#keepId(found, number);
    }
    return [...found.values()].map((number) => this.references.at(number) as string);
  }

  #keepId(found: Map<number, number>, number: number): void {
    const row = this.rowOfId(number);
    if (row === NONE || (found.has(row) && this.columns.id.at(row) !== number)) return;
    found.set(row, number);
  }

  position(row: number): EventPosition {
    return this.#positions.at(row);
  }

  /** The position of the token of an alias; null when the ID is no alias. */
  aliasPosition(actionId: string): EventPosition | null {
    const reference = this.aliases.size > 0 ? this.references.find(actionId) : null;
    return reference === null ? null : this.aliases.position(reference);
  }

  actionId(row: number): string {
    return this.references.at(this.columns.id.at(row)) as string;
  }

  /**
   * The first action ID of a row's thread: its own when it has no parent; an ID that isn't stored when the thread begins outside
   * of the store.
   */
  rootId(row: number): string | null {
    // It ends, because an ID is the hash of a token that names its parent.
    for (let at = row; ; ) {
      const parent = this.columns.parent.at(at);
      if (parent === NONE) return this.actionId(at);
      const above = parent >= 0 ? this.rowOfId(parent) : NONE;
      if (above === NONE) return this.references.at(parent);
      at = above;
    }
  }

  /** The letters by their numbers. */
  get letters(): readonly (Visibility | null)[] {
    return LETTERS;
  }

  /** Type and subtype of a kind's number. */
  split(kind: number): { type: string; subtype: string | null; typeNumber: number } {
    const known = this.#split[kind];
    if (known) return known;
    const split = splitType(this.kinds.at(kind));
    const made = { ...split, typeNumber: this.types.add(split.type) };
    this.#split[kind] = made;
    return made;
  }

  /** The number in {@link types} of the type of a kind. */
  typeOf(kind: number): number {
    return this.split(kind).typeNumber;
  }

  statusOf(row: number): ActionStatus {
    return STATUSES[this.columns.status.at(row)] as ActionStatus;
  }

  visibilityOf(row: number): Visibility | null {
    return LETTERS[this.columns.visibility.at(row)] as Visibility | null;
  }

  directionOf(row: number): Direction {
    return this.columns.flags.at(row) & OUTGOING ? 'out' : 'in';
  }

  isCurrent(row: number): boolean {
    return (this.columns.flags.at(row) & REPLACED) === 0;
  }

  statusCode(status: ActionStatus): number {
    return STATUSES.indexOf(status);
  }

  dump(name: string, sink: SectionSink): void {
    this.references.dump(`${name}.references`, sink);
    this.people.dump(`${name}.people`, sink);
    this.kinds.dump(`${name}.kinds`, sink);
    this.order.dump(`${name}.order`, sink);
    this.byParent.dump(`${name}.byParent`, sink);
    this.bySubject.dump(`${name}.bySubject`, sink);
    this.attachments.dump(`${name}.attachments`, sink);
    this.aliases.dump(`${name}.aliases`, sink);
    this.keys.dump(`${name}.keys`, sink);
    this.#signings.dump(`${name}.signings`, sink);
    this.#positions.dump(name, sink);
    sink.bytes(`${name}.rowOf`, bytesOf(this.#rowOf.view()));
    for (const [column, values] of Object.entries(this.columns))
      sink.bytes(`${name}.${column}`, bytesOf(values.view()));
  }

  load(name: string, source: SectionSource): void {
    this.references.load(`${name}.references`, source);
    this.people.load(`${name}.people`, source);
    this.kinds.load(`${name}.kinds`, source);
    this.order.load(`${name}.order`, source);
    this.byParent.load(`${name}.byParent`, source);
    this.bySubject.load(`${name}.bySubject`, source);
    this.attachments.load(`${name}.attachments`, source);
    this.aliases.load(`${name}.aliases`, source);
    this.keys.load(`${name}.keys`, source);
    this.#signings.load(`${name}.signings`, source);
    this.#positions.load(name, source);
    this.#rowOf.load(source.bytes(`${name}.rowOf`));
    for (const [column, values] of Object.entries(this.columns)) values.load(source.bytes(`${name}.${column}`));
    for (let row = 0; row < this.length; row += 1) this.#count(row, 1);
  }
}

function visibilityCode(letter: string | undefined): number {
  // An unknown letter counts as unresolved, which is read as the narrowest.
  return Math.max(0, LETTERS.indexOf((letter ?? null) as Visibility | null));
}
