/**
 * A bounded ring of notes on disk. Notes are written together, and never awaited: what doesn't fit, or can't be written, is dropped
 * and counted.
 */
import type { LogKind } from '../disk/log-line.ts';
import { SegmentedLog } from '../disk/segmented-log.ts';
import type { WarnDamage } from '../disk/set-aside.ts';
import { type ArrivalNote, emptyNote, isArrivalNote, withoutAction } from '../model/arrival-note.ts';

/** The format of the log: one note a record. */
export const ARRIVALS: LogKind<ArrivalNote> = {
  name: 'arrivals',
  version: 1,
  encode: (note) => JSON.stringify(note),
  decode: (text) => {
    const json: unknown = JSON.parse(text);
    return isArrivalNote(json) ? json : null;
  },
};

/** The size of a segment. The ring is dropped in pieces of this size. */
const SEGMENT_BYTES = 256 * 1024;
/** The pause between two writes, milliseconds. The first note after a pause is written at once. */
const PAUSE = 50;
/** The most notes of one write: 8,000 a second. */
const AT_ONCE = 400;

/** Options of {@link ArrivalRing}. */
export interface RingOptions {
  directory: string;
  /** The most bytes of all segments but the last. */
  most: number;
  onDamage: WarnDamage;
  /** Called after each write, with its error if it failed. */
  onWrite: (error?: unknown) => void;
  /** Whether the action of a note is deleted meanwhile. */
  isDeleted: (note: ArrivalNote) => boolean;
}

/** A ring of notes. */
export class ArrivalRing {
  readonly #options: RingOptions;
  #log: Promise<SegmentedLog<ArrivalNote>> | null = null;
  #opened: SegmentedLog<ArrivalNote> | null = null;
  #waiting: ArrivalNote[] = [];
  #lost = 0;
  #dropped = 0;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();
  /** Whether nothing is being written. */
  #idle = true;
  readonly #deleted = new Set<string>();

  constructor(options: RingOptions) {
    this.#options = options;
  }

  /** How many notes were dropped. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Reads the ring, so that notes can be written. It never rejects. */
  async open(): Promise<void> {
    this.#log ??= this.#open();
    this.#opened = await this.#log;
    // Opens the file, so that the next write is done at once. What a disk refuses now, it refuses at the first note, too.
    if (!this.#idle) return;
    this.#writing = this.#put(this.#opened, [], []);
    await this.#writing;
  }

  /** Takes a note. It never throws, and nothing waits for it. */
  add(note: ArrivalNote): void {
    if (this.#waiting.length >= AT_ONCE) {
      this.#drop(note.times);
      return;
    }
    this.#waiting.push(note);
    if (this.#timer === null) this.#writeNow();
  }

  /** Removes from all notes what identifies an action, but its ID. */
  forget(actionIds: readonly string[]): void {
    for (const actionId of actionIds) this.#deleted.add(actionId);
    this.#timer ??= this.#later();
  }

  /** Resolves when all notes so far are written or dropped. */
  async flush(): Promise<void> {
    if (this.#waiting.length > 0 || this.#deleted.size > 0) await this.#write();
    await this.#writing;
  }

  /** Flushes and stops. It is safe to call for a ring that was never opened. */
  async close(): Promise<void> {
    await this.flush();
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    await (await this.#log)?.close();
  }

  async #open(): Promise<SegmentedLog<ArrivalNote>> {
    const { directory, onDamage, isDeleted } = this.#options;
    const visit = (note: ArrivalNote) => {
      if (note.actionId !== null && note.deleted !== true && isDeleted(note)) this.#deleted.add(note.actionId);
    };
    const log = await SegmentedLog.open({
      ...{ directory, kind: ARRIVALS, onDamage, visit },
      ...{ segmentBytes: SEGMENT_BYTES, sync: false },
    });
    if (this.#deleted.size > 0) this.#timer ??= this.#later();
    return log;
  }

  #later(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#timer = null;
      if (this.#waiting.length > 0 || this.#deleted.size > 0) this.#writeNow();
    }, PAUSE).unref();
  }

  #writeNow(): void {
    this.#timer = this.#later();
    // It never rejects.
    void this.#write();
  }

  /** One write at a time. When the ring is open and nothing is being written, the bytes are written before this returns. */
  #write(): Promise<void> {
    const notes = this.#waiting.splice(0);
    const deleted = [...this.#deleted];
    this.#deleted.clear();
    const work = this.#opened && this.#idle ? this.#put(this.#opened, notes, deleted) : this.#putLater(notes, deleted);
    this.#writing = work;
    return work;
  }

  async #putLater(notes: ArrivalNote[], deleted: readonly string[]): Promise<void> {
    await this.#writing;
    await this.open();
    await this.#put(this.#opened as SegmentedLog<ArrivalNote>, notes, deleted);
  }

  async #put(log: SegmentedLog<ArrivalNote>, notes: ArrivalNote[], deleted: readonly string[]): Promise<void> {
    this.#idle = false;
    const lost = this.#lost;
    const told = lost === 0 || notes.length === 0 ? notes : [unrecorded(notes[0]?.at ?? Date.now(), lost), ...notes];
    try {
      await log.append(told);
      if (notes.length > 0) this.#lost -= lost;
      while (log.bytes > this.#options.most && log.oldest !== null) await log.dropOldest();
      if (deleted.length > 0) await log.rewrite(deleted, (note) => forgotten(note, deleted));
      this.#options.onWrite();
    } catch (error) {
      for (const { times } of notes) this.#drop(times);
      for (const actionId of deleted) this.#deleted.add(actionId);
      this.#options.onWrite(error);
    } finally {
      this.#idle = true;
    }
  }

  #drop(times: number): void {
    this.#lost += times;
    this.#dropped += times;
  }
}

/** Stands for arrivals of which no notes were made. */
function unrecorded(at: number, times: number): ArrivalNote {
  return emptyNote({ at, outcome: 'unrecorded', times });
}

function forgotten(note: ArrivalNote, deleted: readonly string[]): ArrivalNote {
  return note.actionId !== null && deleted.includes(note.actionId) ? withoutAction(note) : note;
}
