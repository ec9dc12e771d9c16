/** Reads single events of the journal. */
import type { EventPosition } from '../index/event-positions.ts';
import type { Journal } from '../journal/journal.ts';
import type { JournalEvent, JournalRecord } from '../model/events.ts';

/**
 * A record of this size has many events that are read one after the other. The roster of a conversation of 10,000 is a record of
 * 5 MB, which would be read and parsed for each of its deliveries. In bytes.
 */
const LARGE_RECORD = 64 * 1024;

/** Reads single events of the journal. A record or token that is asked for repeatedly is read once. */
export class EventReader {
  readonly #journal: Pick<Journal, 'read'>;
  readonly #large = new LastRead<JournalRecord>();
  /** A burst of comments asks for the same post each time. */
  readonly #small = new LastRead<JournalRecord>();
  readonly #related = new LastRead<string[]>();

  constructor(journal: Pick<Journal, 'read'>) {
    this.#journal = journal;
  }

  /** Reads one event. @returns null when the record has no such event @throws {CloudilloError} `store.damaged`, `store.io` */
  async event(position: EventPosition): Promise<JournalEvent | null> {
    return (await this.#record(position)).e[position.event] ?? null;
  }

  /**
   * Reads the related tokens of a delivery. A fan-out asks for the same ones once for each recipient.
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
    const last = position.length < LARGE_RECORD ? this.#small : this.#large;
    return last.read(`${position.segment} ${position.offset}`, read);
  }
}

/** Keeps the last result while the same is asked for. A failure isn't kept. */
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
