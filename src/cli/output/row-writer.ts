import { terminalLine } from './foreign-text.ts';

/** Takes one row, as a value or as text; a promise holds the caller back while the reader is slow. */
export type WriteRow = (value: unknown, text: () => string) => Promise<void> | undefined;

/** Characters that are written at once. */
const BLOCK = 32 * 1024;
/** Milliseconds that a row may wait for others. */
const LATENCY = 5;

/**
 * Runs something that makes many rows, and writes them several at a time: a system call for each would cost a batch a good part of
 * what it may lose at all.
 * @throws what `run` throws, and at once what `write` throws: a live pipe may have no further row to fail with
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
    held += `${json ? JSON.stringify(value) : terminalLine(text())}\n`;
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
