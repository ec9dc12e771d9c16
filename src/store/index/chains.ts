/** The rows that refer to an action, as linked lists. */
import { Column } from './column.ts';
import { NONE } from './references.ts';
import { bytesOf, type SectionSink, type SectionSource } from './sections.ts';

/** The rows that refer to a parent or a subject: linked lists in two columns, latest arrival first. */
export class Chains {
  /** The latest row that refers to an action ID, by the ID's number. */
  readonly #heads = new Column('i32');
  /** The same for other references, whose numbers are below -1. */
  readonly #otherHeads = new Column('i32');
  readonly #next = new Column('i32');

  /** Adds a row, in order of arrival. */
  add(row: number, reference: number): void {
    this.#next.push(NONE);
    if (reference === NONE) return;
    const [heads, slot] = this.#slot(reference);
    while (heads.length <= slot) heads.push(NONE);
    this.#next.set(row, heads.at(slot));
    heads.set(slot, row);
  }

  /** The rows that refer to it, latest arrival first. */
  *of(reference: number): Generator<number> {
    const [heads, slot] = this.#slot(reference);
    let row = slot < heads.length ? heads.at(slot) : NONE;
    for (; row !== NONE; row = this.#next.at(row)) yield row;
  }

  dump(name: string, sink: SectionSink): void {
    sink.bytes(`${name}.heads`, bytesOf(this.#heads.view()));
    sink.bytes(`${name}.others`, bytesOf(this.#otherHeads.view()));
    sink.bytes(`${name}.next`, bytesOf(this.#next.view()));
  }

  load(name: string, source: SectionSource): void {
    this.#heads.load(source.bytes(`${name}.heads`));
    this.#otherHeads.load(source.bytes(`${name}.others`));
    this.#next.load(source.bytes(`${name}.next`));
  }

  #slot(reference: number): [Column<'i32'>, number] {
    return reference >= 0 ? [this.#heads, reference] : [this.#otherHeads, -2 - reference];
  }
}
