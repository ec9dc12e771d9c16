import type { EventPosition } from '../index/event-positions.ts';
import type { Journal } from '../journal/journal.ts';
import type { JournalEvent, JournalRecord } from '../model/events.ts';

/**
 * A record has many events when it is as long as this, and they are wanted one after the other: the roster of a conversation of
 * 10,000 is one of 5 MB, which would be read and parsed for each of its deliveries. Bytes.
 */
const LARGE_RECORD = 64 * 1024;

/** Reads single events of the journal, and what is wanted again and again only once. */
export class EventReader {
  readonly #journal: Pick<Journal, 'read'>;
  readonly #large = new LastRead<JournalRecord>();
  readonly #related = new LastRead<string[]>();

  constructor(journal: Pick<Journal, 'read'>) {
    this.#journal = journal;
  }

  /** null: the record has no such event. @throws {CloudilloError} `store.damaged`, `store.io` */
  async event(position: EventPosition): Promise<JournalEvent | null> {
    return (await this.#record(position)).e[position.event] ?? null;
  }

  /**
   * The tokens that go along with a delivery. A fan-out asks for the same ones once a recipient, and its record names all of them.
   * @throws {CloudilloError} `store.damaged`, `store.io`
   */
  related(position: EventPosition): Promise<string[]> {
    const { segment, offset, event } = position;
    return this.#related.read(`${segment} ${offset} ${event}`, async () => {
      const found = await this.event(position);
      return found?.kind === 'delivery' || found?.kind === 'deliveries' ? (found.related ?? []) : [];
    });
  }

  #record(position: EventPosition): Promise<JournalRecord> {
    const read = (): Promise<JournalRecord> => this.#journal.read(position);
    return position.length < LARGE_RECORD ? read() : this.#large.read(`${position.segment} ${position.offset}`, read);
  }
}

/** Keeps what was read last, for as long as the same is asked for. A failure isn't kept. */
class LastRead<T> {
  #last: { key: string; value: Promise<T> } | null = null;

  read(key: string, read: () => Promise<T>): Promise<T> {
    if (this.#last?.key !== key) this.#last = { key, value: read() };
    return this.#last.value.catch((error: unknown) => {
      this.#last = null;
      throw error;
    });
  }
}
