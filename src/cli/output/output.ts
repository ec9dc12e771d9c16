/** The output of commands: data on stdout, messages on stderr. */
import type { CodeOf } from '../../protocol/error-table.ts';
import { CloudilloError, type ErrorObject, errorToObject } from '../../protocol/errors.ts';
import { isFull } from '../../store/disk/disk-errors.ts';
import { type ExitCode, exitCodeFor } from './exit-codes.ts';
import { jsonLine, terminalLine } from './foreign-text.ts';
import { Sink } from './sink.ts';
import { eraseStatus } from './status-line.ts';

/** How much is written, and in which form. */
export interface OutputOptions {
  json: boolean;
  quiet: boolean;
  verbose: boolean;
  /** stdout is for {@link Output.reserved} alone: data for people goes to stderr. */
  reserved?: boolean;
}

/** Text for people, without line ends, so that quoted text can't begin a line of its own. */
export type Lines = string | readonly string[];

/** The lines in the form that is safe for a terminal. */
function forTerminal(lines: Lines): string {
  return [lines]
    .flat()
    .map((line) => `${terminalLine(line)}\n`)
    .join('');
}

/**
 * Thrown by {@link Output.write} when the reader of stdout closed the pipe (`… | head -1`). The command then ends without a
 * message.
 */
export class OutputClosed extends Error {
  constructor() {
    super('stdout was closed by its reader');
  }
}

const stderr = new Sink(
  2,
  () => {
    // A lost message is no loss: `--json` and the exit code have the outcome.
  },
  eraseStatus,
);

const stdout = new Sink(
  1,
  (error) => {
    if (error.code === 'EPIPE') return;
    // It is text even with `--json`, because stdout can't be written.
    reportError(errorToObject(notWritten(error)), false);
    outputLost = true;
  },
  eraseStatus,
);

/** Whether data was lost. Then the exit code of the process stays that of the loss. */
let outputLost = false;

/** Sets the exit code of the process, unless standard output couldn't be written: that loss counts more. */
export function setExitCode(code: ExitCode): void {
  if (!outputLost) process.exitCode = code;
}

function notWritten(cause: NodeJS.ErrnoException): CloudilloError {
  const full = isFull(cause);
  return new CloudilloError(full ? 'store.full' : 'store.io', "Standard output can't be written", {
    stage: 'store',
    hint: full
      ? 'The disk that it goes to is full: make room and start over'
      : 'Look at where it goes to: what is there is not all of it',
    cause,
  });
}

/** Resolves when everything that was written has left the process. */
export async function flush(): Promise<void> {
  await stdout.drained();
  await stderr.drained();
}

/** Writes the program's own text to stdout as it is, coloured or not: help, the version. */
export function printOwn(text: string): void {
  stdout.write(text);
}

/** All output of a command. It handles a closed pipe, `--json`, `--quiet` and back-pressure. */
export class Output {
  readonly #options: OutputOptions;

  constructor(options: OutputOptions) {
    this.#options = options;
  }

  /** Writes data for people. Nothing with `--json`. */
  print(lines: Lines): void {
    if (this.#options.reserved) this.talk(lines);
    else if (!this.#options.json) stdout.write(forTerminal(lines));
  }

  /** Writes a message: progress, warnings, next steps. Nothing with `--quiet`. */
  talk(lines: Lines): void {
    if (!this.#options.quiet) stderr.write(forTerminal(lines));
  }

  /** Writes a message that was asked for, whatever `--quiet` says. */
  tell(lines: Lines): void {
    stderr.write(forTerminal(lines));
  }

  /** Writes one line of JSON to stderr, whose text can't begin a line of its own. */
  tellJson(line: string): void {
    stderr.write(line);
  }

  /** Writes a message with `--verbose`. */
  detail(lines: Lines): void {
    if (this.#options.verbose) stderr.write(forTerminal(lines));
  }

  /** Writes one compact JSON value on a line of its own. */
  json(value: unknown): void {
    stdout.write(jsonLine(value));
  }

  /**
   * Writes bytes to stdout as they are, and waits while the reader is slow.
   * @throws OutputClosed when the reader closed the pipe
   */
  async write(chunk: string | Uint8Array): Promise<void> {
    if (!this.#options.reserved) await toStdout(chunk);
    else if (!this.#options.quiet && !stderr.write(chunk)) await stderr.drained();
  }

  /** Writes what stdout is reserved for. @throws OutputClosed when the reader closed the pipe */
  async reserved(text: string): Promise<void> {
    await toStdout(text);
  }
}

async function toStdout(chunk: string | Uint8Array): Promise<void> {
  if (!stdout.closed && !stdout.write(chunk)) await stdout.drained();
  if (stdout.closed) throw new OutputClosed();
}

/**
 * Writes an error, as text to stderr or as one object to stdout, and sets the exit code.
 * @param paint colours the first word of the text
 */
export function reportError(error: ErrorObject, json: boolean, paint?: (text: string) => string): void {
  setExitCode(exitCodeFor(error.code));
  if (json) stdout.write(jsonLine({ error }));
  else stderr.write(forTerminal(errorLines(error, paint)));
}

/** The lines of an error as a person reads them; the layout is stable. */
export function errorLines(error: ErrorObject, paint: (text: string) => string = (text) => text): string[] {
  const facts: [string, string | undefined][] = [
    ['code', error.code],
    ['stage', error.stage],
    ['check', error.check],
    ['cause', tellsMore(error) ? error.cause : undefined],
    ['retry', error.retryAfter === undefined ? undefined : `after ${error.retryAfter} s`],
  ];
  const lines = [`${paint('Error:')} ${error.message}`];
  for (const [name, value] of facts) if (value !== undefined) lines.push(`  ${name}: ${value}`);
  if (error.hint !== undefined) lines.push(`  → ${error.hint}`);
  return lines;
}

/** Whether the cause adds to the message. Many messages end with their cause. */
function tellsMore({ code, message, cause = '' }: ErrorObject): boolean {
  return !message.endsWith(cause.replace(`${code}: `, ''));
}

/** A `usage.*` error: what is wrong, and in the hint what to type instead. */
export function usageError(code: CodeOf<'usage'>, message: string, hint?: string): CloudilloError {
  return new CloudilloError(code, message, { stage: 'input', ...(hint !== undefined && { hint }) });
}
