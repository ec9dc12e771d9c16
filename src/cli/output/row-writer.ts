/** Writes many rows with few system calls. */
import { jsonLine, terminalLine } from './foreign-text.ts';

/** Takes one row, as a value or as text. A promise delays the caller while the reader is slow. */
export type WriteRow = (value: unknown, text: () => string) => Promise<void> | undefined;

/** Characters of one write. */
const BLOCK = 32 * 1024;
/** How long a row may wait for others, milliseconds. */
const LATENCY = 5;

/**
 * Runs `run`, which makes many rows, and writes several of them at a time. A system call for each row would cost a batch much of
 * its speed.
 * @throws what `run` throws, and at once what `write` throws: a live pipe may bring no further row
 */
export async function withRows<R>(
  output: { write(text: string): Promise<void> },
  json: boolean,
  run: (row: WriteRow) => Promise<R>,
): Promise<R> {
  let held = '';
  let timer: NodeJS.Timeout | undefined;
  let fail!: (error: unknown) => void;
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const block = held;
    held = '';
    return block === '' ? Promise.resolve() : output.write(block);
  }

  const row: WriteRow = (value, text) => {
    held += json ? jsonLine(value) : `${terminalLine(text())}\n`;
    if (held.length >= BLOCK) return flush();
    timer ??= setTimeout(() => flush().catch(fail), LATENCY);
    return undefined;
  };

  try {
    const result = await Promise.race([run(row), failed]);
    await flush();
    return result;
  } finally {
    clearTimeout(timer);
  }
}
