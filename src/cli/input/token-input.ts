/** The tokens that a command is given. */
import { createReadStream } from 'node:fs';
import { usageError } from '../output/output.ts';
import { bareToken } from './bare-token.ts';
import { type InputLine, inputLines } from './input-lines.ts';
import { unreadable } from './unreadable-input.ts';

/** The input of a command: one token, or a stream of lines. */
export type TokenInput = { one: string } | { many: AsyncIterable<InputLine> };

/** The source of the input. */
export interface TokenSource {
  /** The argument; `-` is standard input. */
  token?: string | undefined;
  file?: string | undefined;
  /** Treat the input as a batch also when it has only one line. */
  batch: boolean;
  /** Called only when it is read, because opening it costs a little. */
  stdin: () => NodeJS.ReadStream;
}

/**
 * The token from the argument, else those of a file or of standard input. A second non-blank line makes it a batch.
 * @throws CloudilloError `usage.token` when there is none, `usage.file` when the file can't be read
 */
export async function openTokens({ token, file, batch, stdin }: TokenSource): Promise<TokenInput> {
  if (token !== undefined && file !== undefined) {
    throw usageError('usage.token', 'A token and --file were both given', 'Give one of them');
  }
  if (token !== undefined && token !== '-') {
    const one = bareToken(token);
    return batch ? { many: inOrder({ line: 1, text: one }) } : { one };
  }
  if (file === undefined && token !== '-' && stdin().isTTY) {
    throw usageError(
      'usage.token',
      'No token was given',
      'Give it as an argument, with --file FILE, or on standard input',
    );
  }
  const lines = bareTokens(inputLines(file === undefined ? stdin() : readFileChunks(file)));
  const first = await lines.next();
  if (first.done) {
    if (batch) return { many: inOrder() };
    throw usageError('usage.token', `${file ?? 'Standard input'} holds no token`, 'Give one token a line');
  }
  if (batch) return { many: inOrder(first.value, lines) };
  const second = await lines.next();
  if (second.done) return { one: first.value.text };
  return { many: inOrder(first.value, second.value, lines) };
}

/** Runs `run` with the tokens of {@link openTokens}, and closes standard input after a batch. */
export async function withTokens<R>(source: TokenSource, run: (input: TokenInput) => Promise<R>): Promise<R> {
  const input = await openTokens(source);
  try {
    return await run(input);
  } finally {
    // A batch that ended early (its reader closed the pipe) would otherwise wait for the end of its input.
    if ('many' in input) process.stdin.destroy();
  }
}

/** The lines, each as {@link bareToken}. */
async function* bareTokens(lines: AsyncIterable<InputLine>): AsyncGenerator<InputLine> {
  for await (const { line, text } of lines) yield { line, text: bareToken(text) };
}

async function* inOrder(...parts: (InputLine | AsyncIterable<InputLine>)[]): AsyncGenerator<InputLine> {
  for (const part of parts) {
    if ('line' in part) yield part;
    else yield* part;
  }
}

async function* readFileChunks(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: 256 * 1024 });
  } catch (error) {
    throw unreadable(path, error);
  }
}
