/** Makes an index from the whole journal. */
import { StoreIndex } from '../index/store-index.ts';
import { type Journal, type Position, START } from '../journal/journal.ts';
import type { JournalRecord } from '../model/events.ts';
import type { Damage } from '../model/store-interface.ts';

/** A fresh index of the whole journal. */
export interface Replayed {
  index: StoreIndex;
  records: number;
  bytes: number;
  damaged: Damage[];
}

/**
 * Makes an index of the whole journal. Appends may go on meanwhile: it catches up until nothing is new.
 * @param see called with each record before it is applied
 * @param caughtUp called in the turn of the event loop in which nothing is missing; a promise would resolve too late
 * @throws {CloudilloError} `store.io`
 */
export async function replayAll<T>(
  journal: Pick<Journal, 'replay' | 'mark'>,
  see: (record: JournalRecord, position: Position) => void,
  caughtUp: (replayed: Replayed) => T,
): Promise<T> {
  const replayed: Replayed = { index: new StoreIndex(), records: 0, bytes: 0, damaged: [] };
  const { index } = replayed;
  index.bulk = true;
  index.mark = START;
  do {
    const result = await journal.replay(index.mark, (record, position, mark) => {
      see(record, position);
      return index.replay(record, position, mark);
    });
    index.mark = result.mark;
    replayed.records += result.records;
    replayed.bytes += result.bytes;
    replayed.damaged.push(...result.damaged);
  } while (index.mark.n < journal.mark.n);
  index.bulk = false;
  return caughtUp(replayed);
}
