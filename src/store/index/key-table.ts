/** Which action holds each key. */
import { hash } from 'node:crypto';
import { Column } from './column.ts';
import { DigestTable } from './digest-table.ts';
import { NONE } from './references.ts';
import { bytesOf, type SectionSink, type SectionSource } from './sections.ts';

/** The comparison of rows for replacement. */
export interface KeyedRows {
  issuerOf(row: number): number;
  timeOf(row: number): number;
}

/**
 * The action that holds each key. A later `iat` replaces an earlier one, ties go by arrival, and only within one issuer. Some key
 * patterns leave the issuer out, so a key may have several holders (specification: Replacement).
 */
export class KeyTable {
  readonly #keys: DigestTable;
  /** The number of a key → its first holder. */
  readonly #heads = new Column('i32');
  /** The row → the next holder of the same key. */
  readonly #next = new Column('i32');
  readonly #rows: KeyedRows;

  constructor(seed: Uint32Array, rows: KeyedRows) {
    this.#keys = new DigestTable(16, seed);
    this.#rows = rows;
  }

  /**
   * Adds a row, in order of arrival.
   * @param key null for a type without a key; what {@link digestOfKey} makes of it, where it is known no longer
   * @returns the row that is no longer current: the replaced one, the new one when it is older, or NONE
   */
  add(row: number, key: string | { digest: string } | null): number {
    this.#next.push(NONE);
    if (key === null) return NONE;
    const number = this.#keys.add(typeof key === 'string' ? digestOfKey(key) : key.digest);
    if (number === this.#heads.length) this.#heads.push(NONE);
    let before = NONE;
    for (let holder = this.#heads.at(number); holder !== NONE; holder = this.#next.at(holder)) {
      if (this.#rows.issuerOf(holder) === this.#rows.issuerOf(row)) return this.#replace(number, before, holder, row);
      before = holder;
    }
    this.#next.set(row, this.#heads.at(number));
    this.#heads.set(number, row);
    return NONE;
  }

  /** The holder by this issuer, or the latest by any; NONE when there is none. */
  holder(key: string, issuer: number | null): number {
    const number = this.#keys.find(digestOfKey(key));
    if (number < 0) return NONE;
    let latest = NONE;
    for (let row = this.#heads.at(number); row !== NONE; row = this.#next.at(row)) {
      if (issuer !== null && this.#rows.issuerOf(row) !== issuer) continue;
      if (latest === NONE || this.#isLater(row, latest)) latest = row;
    }
    return latest;
  }

  dump(name: string, sink: SectionSink): void {
    this.#keys.dump(`${name}.keys`, sink);
    sink.bytes(`${name}.heads`, bytesOf(this.#heads.view()));
    sink.bytes(`${name}.next`, bytesOf(this.#next.view()));
  }

  load(name: string, source: SectionSource): void {
    this.#keys.load(`${name}.keys`, source);
    this.#heads.load(source.bytes(`${name}.heads`));
    this.#next.load(source.bytes(`${name}.next`));
  }

  #replace(number: number, before: number, holder: number, row: number): number {
    if (this.#rows.timeOf(row) < this.#rows.timeOf(holder)) return row;
    this.#next.set(row, this.#next.at(holder));
    this.#next.set(holder, NONE);
    if (before === NONE) this.#heads.set(number, row);
    else this.#next.set(before, row);
    return holder;
  }

  #isLater(row: number, other: number): boolean {
    const difference = this.#rows.timeOf(row) - this.#rows.timeOf(other);
    return difference > 0 || (difference === 0 && row > other);
  }
}

// Half a SHA-256 is enough: a collision only lets an issuer replace an action of its own.
function digestOfKey(key: string): string {
  return hash('sha256', key, 'binary');
}
