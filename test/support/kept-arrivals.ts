import type { ArrivalLog } from '../../src/store/cache/arrival-log.ts';
import type { ArrivalNote } from '../../src/store/model/arrival-note.ts';

/** Notes in memory, for instances without a home. */
export function keptArrivals(): ArrivalLog & { notes: ArrivalNote[] } {
  const notes: ArrivalNote[] = [];
  const listeners = new Set<(note: ArrivalNote) => void>();
  async function* newest() {
    yield* notes.toReversed();
  }
  return {
    notes,
    open: async () => {},
    note(note) {
      notes.push(note);
      for (const listener of listeners) listener(note);
    },
    newest,
    newestRefusals: newest,
    on(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    forget: () => {},
    dropped: 0,
    flush: async () => {},
    close: async () => {},
  };
}
