/**
 * Where log lines go: written in the background, kept in a bounded buffer while nobody takes them. What can't be written is dropped and
 * counted; a full disk, a closed pipe and a reader that stands still stop nothing else.
 */
import { fstatSync, write } from 'node:fs';
import { hasErrno } from '../../store/disk/disk-errors.ts';

/** What waits for a slow reader. Bytes. */
const MAX_WAITING = 1024 * 1024;
/** Bytes of one write. */
const AT_ONCE = 64 * 1024;
/** Until a pipe that was full is tried again. Milliseconds. */
const FULL_PAUSE = 50;

/** A write that stopped before its end. */
interface Written {
  bytes: number;
  error: NodeJS.ErrnoException | null;
}

export class LogOutput {
  readonly #fd: number;
  /** The line that tells how many were dropped before it. */
  readonly #notice: (dropped: number) => string;
  #waiting: Buffer<ArrayBuffer>[] = [];
  #bytes = 0;
  #dropped = 0;
  /** Of those, how many no line has told of. */
  #untold = 0;
  /** A write ended within a line. */
  #torn = false;
  #draining: Promise<void> | null = null;

  constructor(fd: number, notice: (dropped: number) => string) {
    this.#fd = fd;
    this.#notice = notice;
    if (fd === 2) makeNonBlocking();
  }

  /** Lines that were never written. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes one line, with its end. Never throws. */
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

  /** Resolves when all is written or dropped; that may be never, where a reader stands still. */
  async flushed(): Promise<void> {
    await this.#draining;
  }

  async #drain(): Promise<void> {
    // The lines of one turn go out together.
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

/** Writes as much as there is room for; waits while a pipe is full. Never rejects. */
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
 * A write to a full pipe would block a thread, for which the end of the process waits. Node makes a pipe non-blocking when it makes
 * the stream of it.
 */
function makeNonBlocking(): void {
  try {
    const kind = fstatSync(2);
    if (kind.isFIFO() || kind.isSocket()) process.stderr.on('error', () => {});
  } catch {
    // Closed from the start: each write fails, and is counted.
  }
}
