/** Writes to stdout and stderr. */
import { fstatSync, writeSync } from 'node:fs';

/** The major number of the memory devices: /dev/null, /dev/full. They are character devices, but not terminals. */
const MEMORY_DEVICES = 1;

/** Whether the descriptor is a terminal. `node:tty` loads half of `node:net`, so it is asked only for a possible terminal. */
export function isTerminal(fd: 0 | 1 | 2): boolean {
  try {
    const stat = fstatSync(fd);
    if (!stat.isCharacterDevice() || stat.rdev >> 8 === MEMORY_DEVICES) return false;
  } catch {
    return false; // The descriptor is closed.
  }
  return [process.stdin, process.stdout, process.stderr][fd]?.isTTY === true;
}

/**
 * stdout or stderr. A file or a pipe is written to directly, because loading `process.stdout` takes a tenth of a short command's time.
 * A terminal, and a descriptor that doesn't block, is written to through `process.stdout` or `process.stderr`.
 */
export class Sink {
  readonly #fd: 1 | 2;
  readonly #onError: (error: NodeJS.ErrnoException) => void;
  readonly #beforeWrite: () => void;
  #stream: NodeJS.WriteStream | undefined;
  #terminal: boolean | undefined;
  #closed = false;

  /**
   * @param onError called when a write fails; later output is dropped
   * @param beforeWrite called before each write
   */
  constructor(fd: 1 | 2, onError: (error: NodeJS.ErrnoException) => void, beforeWrite: () => void = () => {}) {
    this.#fd = fd;
    this.#onError = onError;
    this.#beforeWrite = beforeWrite;
  }

  /** Whether a write failed: the reader closed the pipe, or the disk is full. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Writes a chunk. @returns false when the caller should wait for {@link drained} before it writes more */
  write(chunk: string | Uint8Array): boolean {
    if (this.#closed) return true;
    this.#beforeWrite();
    if (this.#stream) return this.#stream.write(chunk);
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    this.#terminal ??= isTerminal(this.#fd);
    const rest = this.#terminal ? bytes : this.#writeDirectly(bytes);
    return rest === null || this.#openStream().write(rest);
  }

  /** Resolves when no output waits any more, or none can be written. */
  async drained(): Promise<void> {
    const stream = this.#stream;
    if (!stream?.writableLength || this.#closed) return;
    await new Promise<void>((resolve) => {
      const settle = () => {
        stream.off('drain', settle).off('close', settle).off('error', settle);
        resolve();
      };
      stream.on('drain', settle).on('close', settle).on('error', settle);
    });
  }

  /** @returns the rest when the descriptor doesn't block and is full, else null */
  #writeDirectly(bytes: Uint8Array): Uint8Array | null {
    let at = 0;
    try {
      while (at < bytes.length) at += writeSync(this.#fd, bytes, at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return bytes.subarray(at);
      this.#fail(error as NodeJS.ErrnoException);
    }
    return null;
  }

  #openStream(): NodeJS.WriteStream {
    this.#stream = this.#fd === 1 ? process.stdout : process.stderr;
    this.#stream.on('error', (error) => this.#fail(error));
    return this.#stream;
  }

  #fail(error: NodeJS.ErrnoException): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onError(error);
  }
}
