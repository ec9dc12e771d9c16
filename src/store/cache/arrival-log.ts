/**
 * The notes of what came to the inbox, `cache/arrivals/`. There are three rings, so that one kind of arrival can't push out another:
 * what was accepted, what was refused after its token was read, and what was turned away before.
 */
import { join } from 'node:path';
import { newestRecords } from '../disk/segmented-log.ts';
import type { WarnDamage } from '../disk/set-aside.ts';
import { homePaths } from '../home/home.ts';
import type { ArrivalNote } from '../model/arrival-note.ts';
import { ArrivalCrowd } from './arrival-crowd.ts';
import { ARRIVALS, ArrivalRing } from './arrival-ring.ts';

const MIB = 1024 * 1024;
/** The rings with the most bytes of each. */
const RINGS = { accepted: 4 * MIB, refused: 4 * MIB, 'turned-away': 2 * MIB } as const;

type RingName = keyof typeof RINGS;

const NAMES = Object.keys(RINGS) as RingName[];

/** The notes of arrivals. */
export interface ArrivalLog {
  /** Reads the rings, so that the next note is on disk at once. It never rejects. */
  open(): Promise<void>;
  /** Keeps a note. It never throws, and nothing waits for it. */
  note(note: ArrivalNote): void;
  /** All notes, the newest first. */
  newest(): AsyncIterable<ArrivalNote>;
  /** The same without what was accepted. */
  newestRefusals(): AsyncIterable<ArrivalNote>;
  /** Calls `listener` with each note from now on. It must not throw. @returns stop listening */
  on(listener: (note: ArrivalNote) => void): () => void;
  /** Removes what identifies a deleted action from its notes, but its ID. */
  forget(actionId: string): void;
  /** How many arrivals were not noted: too many came at once, or the disk took no writes. */
  readonly dropped: number;
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Options of {@link createArrivalLog}. */
export interface ArrivalLogOptions {
  /** Nothing is written: the disk takes no writes. */
  readOnly?: boolean;
  onDamage?: WarnDamage;
  /** Called for the first of several writes that fail. */
  onError?: (error: unknown) => void;
  /** Whether the action of a note is deleted meanwhile. It is asked when the rings are read. */
  isDeleted?: (note: ArrivalNote) => boolean;
  /** The most bytes of each ring. */
  most?: Partial<Record<RingName, number>>;
}

/** Makes the log of a home whose lock the caller holds. Nothing is read or written before it is opened, or gets a note. */
export function createArrivalLog(root: string, options: ArrivalLogOptions = {}): ArrivalLog {
  const { onDamage = () => {}, onError = () => {}, isDeleted = () => false, most = {} } = options;
  const { readOnly = false } = options;
  const directoryOf = (name: RingName) => join(homePaths(root).cache, 'arrivals', name);
  let isFailing = false;
  const onWrite = (error?: unknown) => {
    if (error !== undefined && !isFailing) onError(error);
    isFailing = error !== undefined;
  };
  const ringOf = (name: RingName) =>
    new ArrivalRing({ directory: directoryOf(name), most: most[name] ?? RINGS[name], onDamage, onWrite, isDeleted });
  const rings: Record<RingName, ArrivalRing> = {
    accepted: ringOf('accepted'),
    refused: ringOf('refused'),
    'turned-away': ringOf('turned-away'),
  };
  const all = Object.values(rings);
  const listeners = new Set<(note: ArrivalNote) => void>();
  const each = async (work: (ring: ArrivalRing) => Promise<void>) => void (await Promise.all(all.map(work)));

  const keep = (note: ArrivalNote) => {
    if (!readOnly) rings[ringFor(note)].add(note);
    for (const listener of listeners) listener(note);
  };
  const crowd = new ArrivalCrowd(keep);
  const flush = () => {
    crowd.flush();
    return each((ring) => ring.flush());
  };

  async function* read(names: readonly RingName[]): AsyncGenerator<ArrivalNote> {
    await flush();
    yield* newestOf(names.map((name) => newestRecords(directoryOf(name), ARRIVALS)));
  }

  return {
    open: async () => (readOnly ? undefined : each((ring) => ring.open())),
    note(note) {
      if (ringFor(note) === 'turned-away') crowd.add(note);
      else keep(note);
    },
    newest: () => read(NAMES),
    newestRefusals: () => read(NAMES.filter((name) => name !== 'accepted')),
    on(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    forget: (actionId) => {
      if (readOnly) return;
      for (const ring of all) ring.forget([actionId]);
    },
    get dropped() {
      return all.reduce((sum, { dropped }) => sum + dropped, 0);
    },
    flush,
    close: () => flush().then(() => each((ring) => ring.close())),
  };
}

/** Probes are put together like requests that are turned away: who sends many pushes no refusal out. */
function ringFor({ outcome, bytes, probe }: ArrivalNote): RingName {
  if (outcome === 'accepted' || outcome === 'repeated') return 'accepted';
  return bytes === null || probe === true ? 'turned-away' : 'refused';
}

/**
 * Merges lists that are newest first. A note that is older than another of its list counts as no later than that one, whatever its time says:
 * it may have been written while the clock was ahead.
 */
async function* newestOf(lists: AsyncGenerator<ArrivalNote>[]): AsyncGenerator<ArrivalNote> {
  const heads = await Promise.all(lists.map((list) => list.next()));
  const times = heads.map((head) => (head.done ? 0 : endOf(head.value)));
  for (;;) {
    let newest = -1;
    for (const [index, head] of heads.entries()) {
      if (!head.done && (newest < 0 || (times[index] as number) > (times[newest] as number))) newest = index;
    }
    const head = heads[newest];
    if (!head || head.done) return;
    yield head.value;
    const next = await (lists[newest] as AsyncGenerator<ArrivalNote>).next();
    heads[newest] = next;
    if (!next.done) times[newest] = Math.min(times[newest] as number, endOf(next.value));
  }
}

/** Notes are written in the order in which their arrivals end. */
function endOf({ at, ms }: ArrivalNote): number {
  return Math.round(at + ms);
}
