import { onTestFinished } from 'vitest';
import type { ArrivalNote } from '../../src/store/model/arrival-note.ts';
import { type Instance, type InstanceOptions, startInstance } from './instance.ts';

/** A line of the log. */
export interface LogLine {
  level: string;
  message: string;
  [field: string]: unknown;
}

/** An instance whose log and notes of arrivals a test reads. */
export interface NotedInstance {
  alice: Instance;
  /** The notes, newest first. */
  notes(): Promise<ArrivalNote[]>;
  /** The whole log, and the lines of refusals. */
  lines: LogLine[];
  refused(): LogLine[];
}

/** Starts one for a test. */
export async function startNoted(options: InstanceOptions = {}): Promise<NotedInstance> {
  const lines: LogLine[] = [];
  const log = (level: string, message: string, fields = {}) => void lines.push({ ...fields, level, message });
  const alice = await startInstance({ ...options, log });
  onTestFinished(() => alice.close());
  const notes = async () => {
    const all: ArrivalNote[] = [];
    for await (const note of alice.inbox.arrivals.newest()) all.push(note);
    return all;
  };
  return { alice, notes, lines, refused: () => lines.filter(({ message }) => message === 'arrival refused') };
}
