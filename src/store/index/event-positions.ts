/** Positions of events in the journal, as columns. */
import type { Position } from '../journal/journal.ts';
import { Column } from './column.ts';
import { bytesOf, type SectionSink, type SectionSource } from './sections.ts';

/** The position of a record, and the number of one of its events. */
export interface EventPosition extends Position {
  event: number;
}

/** The positions of events, as columns. */
export class EventPositions {
  readonly #columns = {
    segment: new Column('u32'),
    offset: new Column('u32'),
    length: new Column('u32'),
    event: new Column('u32'),
  };

  /** @returns the number of the new one */
  push({ segment, offset, length, event }: EventPosition): number {
    this.#columns.segment.push(segment);
    this.#columns.offset.push(offset);
    this.#columns.length.push(length);
    return this.#columns.event.push(event);
  }

  clear(): void {
    for (const column of Object.values(this.#columns)) column.clear();
  }

  at(number: number): EventPosition {
    const { segment, offset, length, event } = this.#columns;
    return {
      segment: segment.at(number),
      offset: offset.at(number),
      length: length.at(number),
      event: event.at(number),
    };
  }

  dump(name: string, sink: SectionSink): void {
    for (const [column, values] of Object.entries(this.#columns))
      sink.bytes(`${name}.${column}`, bytesOf(values.view()));
  }

  load(name: string, source: SectionSource): void {
    for (const [column, values] of Object.entries(this.#columns)) values.load(source.bytes(`${name}.${column}`));
  }
}
