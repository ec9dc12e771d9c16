import { fstatSync, writeSync } from 'node:fs';

/** Major number of the memory devices: /dev/null, /dev/full. They are character devices, but no terminals. */
const MEMORY_DEVICES = 1;

/** Is this descriptor a terminal? Asks `node:tty`, which brings half of `node:net` along, only when it may be one. */
export function isTerminal(fd: 0 | 1 | 2): boolean {
  try {
    const stat = fstatSync(fd);
    if (!stat.isCharacterDevice() || stat.rdev >> 8 === MEMORY_DEVICES) return false;
  } catch {
    return false; // Closed: nobody is there.
  }
  return [process.stdin, process.stdout, process.stderr][fd]?.isTTY === true;
}

/**
 * stdout or stderr. Written to directly, because making `process.stdout` costs a short command a tenth of its time; through
 * it when it is a terminal, or when the descriptor doesn't block.
 */
export class Sink {
  readonly #fd: 1 | 2;
  readonly #onError: (error: NodeJS.ErrnoException) => void;
  #stream: NodeJS.WriteStream | undefined;
  #terminal: boolean | undefined;
  #closed = false;

  /** @param onError what to do when a write fails; everything that is written afterwards is dropped */
  constructor(fd: 1 | 2, onError: (error: NodeJS.ErrnoException) => void) {
    this.#fd = fd;
    this.#onError = onError;
  }

  /** Did a write fail? The reader went away, or the disk is full. */
  get closed(): boolean {
    return this.#closed;
  }

  /** @returns false when it would be better to wait for {@link drained} before writing more */
  write(chunk: string | Uint8Array): boolean {
    if (this.#closed) return true;
    if (this.#stream) return this.#stream.write(chunk);
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    this.#terminal ??= isTerminal(this.#fd);
    const rest = this.#terminal ? bytes : this.#writeDirectly(bytes);
    return rest === null || this.#openStream().write(rest);
  }

  /** Resolves when nothing waits to be written any more, or can be. */
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

  /** @returns what is left when the descriptor doesn't block and is full, else null */
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
