/** Other signatures over the claims of a stored action: each makes another ID, and all of them lead to one row. */
import { type EventPosition, EventPositions } from './event-positions.ts';
import type { SectionSink, SectionSource } from './sections.ts';

/** Which IDs a row has besides its own, and where their tokens are. IDs are numbers of `References`. */
export class Aliases {
  readonly #ofRow = new Map<number, number[]>();
  /** Number of an ID → place in `#positions`. */
  readonly #places = new Map<number, number>();
  readonly #positions = new EventPositions();

  get size(): number {
    return this.#places.size;
  }

  /** In order of arrival. */
  of(row: number): readonly number[] {
    return this.#ofRow.get(row) ?? [];
  }

  add(row: number, id: number, position: EventPosition): void {
    this.#ofRow.set(row, [...this.of(row), id]);
    this.#places.set(id, this.#positions.push(position));
  }

  /** Where the token of an alias is; null: the ID is none. */
  position(id: number): EventPosition | null {
    const place = this.#places.get(id);
    return place === undefined ? null : this.#positions.at(place);
  }

  dump(name: string, sink: SectionSink): void {
    sink.json(`${name}.rows`, [...this.#ofRow]);
    sink.json(`${name}.places`, [...this.#places]);
    this.#positions.dump(name, sink);
  }

  load(name: string, source: SectionSource): void {
    for (const [row, ids] of source.json(`${name}.rows`) as [number, number[]][]) this.#ofRow.set(row, ids);
    for (const [id, place] of source.json(`${name}.places`) as [number, number][]) this.#places.set(id, place);
    this.#positions.load(name, source);
  }
}
