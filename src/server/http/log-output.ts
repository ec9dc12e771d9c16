/**
 * Writes log lines in the background, from a bounded buffer. Lines that can't be written are dropped and counted. A full disk, a
 * closed pipe or a stalled reader stops nothing else.
 */
import { fstatSync, write } from 'node:fs';
import { hasErrno } from '../../store/disk/disk-errors.ts';

/** Bytes that may wait for a slow reader. */
const MAX_WAITING = 1024 * 1024;
/** Bytes of one write. */
const AT_ONCE = 64 * 1024;
/** The pause before a full pipe is tried again, milliseconds. */
const FULL_PAUSE = 50;

/** A write that stopped early. */
interface Written {
  bytes: number;
  error: NodeJS.ErrnoException | null;
}

/** A log output on a file descriptor. */
export class LogOutput {
  readonly #fd: number;
  /** Makes the line that reports how many lines were dropped before it. */
  readonly #notice: (dropped: number) => string;
  #waiting: Buffer<ArrayBuffer>[] = [];
  #bytes = 0;
  #dropped = 0;
  /** Dropped lines that no line has reported yet. */
  #untold = 0;
  /** Whether a write ended within a line. */
  #torn = false;
  #draining: Promise<void> | null = null;

  constructor(fd: number, notice: (dropped: number) => string) {
    this.#fd = fd;
    this.#notice = notice;
    if (fd === 2) makeNonBlocking();
  }

  /** How many lines were dropped so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes one line, with its line end. It never throws. */
  write(line: string): void {
    const bytes = Buffer.from(line);
    if (this.#bytes + bytes.length > MAX_WAITING) {
      this.#drop(1);
      return;
    }
    this.#waiting.push(bytes);
    this.#bytes += bytes.length;
    this.#draining ??= this.#drain();
  }

  /** Resolves when all lines are written or dropped. With a stalled reader it may never resolve. */
  async flushed(): Promise<void> {
    await this.#draining;
  }

  async #drain(): Promise<void> {
    // The lines of one turn of the event loop are written together.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) await this.#writeSome();
    this.#draining = null;
  }

  async #writeSome(): Promise<void> {
    const told = this.#untold;
    const lines = told > 0 ? [Buffer.from(this.#notice(told))] : [];
    const first = lines.length;
    for (let size = 0; size < AT_ONCE && this.#waiting.length > 0; ) {
      const line = this.#waiting.shift() as Buffer<ArrayBuffer>;
      lines.push(line);
      size += line.length;
      this.#bytes -= line.length;
    }
    const start = Buffer.from(this.#torn ? '\n' : '');
    const { bytes, error } = await writeAll(this.#fd, Buffer.concat([start, ...lines]));
    let end = start.length;
    let whole = 0;
    for (const line of lines) {
      end += line.length;
      if (end <= bytes) whole += 1;
    }
    if (bytes > 0) this.#torn = error !== null && !endsALine(lines, bytes - start.length);
    if (whole >= first) this.#untold -= told;
    if (error) this.#drop(lines.length - Math.max(whole, first));
  }

  #drop(lines: number): void {
    this.#dropped += lines;
    this.#untold += lines;
  }
}

function endsALine(lines: readonly Buffer[], bytes: number): boolean {
  return bytes === 0 || Buffer.concat(lines)[bytes - 1] === 0x0a;
}

/** Writes as much as fits, and waits while a pipe is full. It never rejects. */
async function writeAll(fd: number, data: Buffer): Promise<Written> {
  for (let at = 0; ; ) {
    const { bytes, error } = await writeOnce(fd, data, at);
    at += bytes;
    if (at === data.length) return { bytes: at, error: null };
    if (hasErrno(error, 'EAGAIN')) await new Promise((resolve) => setTimeout(resolve, FULL_PAUSE).unref());
    else if (error) return { bytes: at, error };
  }
}

function writeOnce(fd: number, data: Buffer, at: number): Promise<Written> {
  return new Promise((resolve) => {
    write(fd, data, at, data.length - at, null, (error, bytes) => resolve({ bytes: error ? 0 : bytes, error }));
  });
}

/**
 * Makes a pipe non-blocking: a blocking write to a full pipe would keep the process from ending. Node does that when it makes a
 * stream for the pipe.
 */
function makeNonBlocking(): void {
  try {
    const kind = fstatSync(2);
    if (kind.isFIFO() || kind.isSocket()) process.stderr.on('error', () => {});
  } catch {
    // It was closed from the start: each write fails and is counted.
  }
}
