/** Aliases: other signatures over the claims of a stored action make other IDs, and all of them lead to one row. */
import { type EventPosition, EventPositions } from './event-positions.ts';
import type { SectionSink, SectionSource } from './sections.ts';

/** The IDs that a row has besides its own, and the positions of their tokens. IDs are numbers of `References`. */
export class Aliases {
  readonly #ofRow = new Map<number, number[]>();
  /** Number of an ID → its number in `#positions`. */
  readonly #positionOf = new Map<number, number>();
  readonly #positions = new EventPositions();

  get size(): number {
    return this.#positionOf.size;
  }

  /** In order of arrival. */
  of(row: number): readonly number[] {
    return this.#ofRow.get(row) ?? [];
  }

  add(row: number, id: number, position: EventPosition): void {
    this.#ofRow.set(row, [...this.of(row), id]);
    this.#positionOf.set(id, this.#positions.push(position));
  }

  /** The position of the token of an alias; null when the ID is no alias. */
  position(id: number): EventPosition | null {
    const number = this.#positionOf.get(id);
    return number === undefined ? null : this.#positions.at(number);
  }

  dump(name: string, sink: SectionSink): void {
    sink.json(`${name}.rows`, [...this.#ofRow]);
    sink.json(`${name}.places`, [...this.#positionOf]);
    this.#positions.dump(name, sink);
  }

  load(name: string, source: SectionSource): void {
    for (const [row, ids] of source.json(`${name}.rows`) as [number, number[]][]) this.#ofRow.set(row, ids);
    for (const [id, number] of source.json(`${name}.places`) as [number, number][]) this.#positionOf.set(id, number);
    this.#positions.load(name, source);
  }
}
