import { CloudilloError, type ErrorObject } from '../protocol/errors.ts';
import { EXIT } from './exit-codes.ts';

/** How much is said, and in which form. */
export interface OutputOptions {
  json: boolean;
  quiet: boolean;
  verbose: boolean;
}

/** Thrown by {@link Output.write} when the reader of stdout went away (`… | head -1`): the command ends, quietly. */
export class OutputClosed extends Error {
  constructor() {
    super('stdout was closed by its reader');
  }
}

/**
 * stdout is data, stderr is talk. All of a command's output goes through here, so that a closed pipe, `--json`,
 * `--quiet` and back-pressure are dealt with in one place.
 */
export class Output {
  readonly #options: OutputOptions;
  readonly #stdout: NodeJS.WriteStream;
  readonly #stderr: NodeJS.WriteStream;
  #closed = false;

  constructor(options: OutputOptions, stdout = process.stdout, stderr = process.stderr) {
    this.#options = options;
    this.#stdout = stdout;
    this.#stderr = stderr;
    stdout.on('error', (error: NodeJS.ErrnoException) => {
      this.#closed = true;
      if (error.code === 'EPIPE') return;
      process.exitCode = EXIT.unexpected;
      this.#stderr.write(`Error: could not write to stdout: ${error.message}\n`);
    });
    stderr.on('error', () => {
      // Nobody reads the talk: nothing is lost that `--json` or the exit code doesn't say.
    });
  }

  /** Human-readable data. Nothing with `--json`. */
  print(text: string): void {
    if (!this.#options.json && !this.#closed) this.#stdout.write(`${text}\n`);
  }

  /** What is going on: progress, warnings, next steps. Nothing with `--quiet`. */
  talk(text: string): void {
    if (!this.#options.quiet) this.#stderr.write(`${text}\n`);
  }

  /** Talk for those who asked for more of it (`--verbose`). */
  detail(text: string): void {
    if (this.#options.verbose) this.#stderr.write(`${text}\n`);
  }

  /** One compact JSON value on a line of its own. */
  json(value: unknown): void {
    if (!this.#closed) this.#stdout.write(`${JSON.stringify(value)}\n`);
  }

  /**
   * Bytes to stdout, waiting while the reader is slow.
   * @throws OutputClosed when the reader went away
   */
  async write(chunk: string | Uint8Array): Promise<void> {
    if (this.#closed || this.#stdout.destroyed) throw new OutputClosed();
    if (this.#stdout.write(chunk)) return;
    await new Promise<void>((resolve) => {
      const settle = () => {
        this.#stdout.off('drain', settle).off('close', settle).off('error', settle);
        resolve();
      };
      this.#stdout.on('drain', settle).on('close', settle).on('error', settle);
    });
    if (this.#closed) throw new OutputClosed();
  }
}

/** The lines of an error as a person reads them; the layout is stable. `paint` colours the first word. */
export function formatError(error: ErrorObject, paint: (text: string) => string = (text) => text): string {
  const lines = [`${paint('Error:')} ${error.message}`];
  const facts: [string, string | undefined][] = [
    ['code', error.code],
    ['stage', error.stage],
    ['cause', error.cause],
    ['retry', error.retryAfter === undefined ? undefined : `after ${error.retryAfter} s`],
  ];
  for (const [name, value] of facts) if (value !== undefined) lines.push(`  ${name}: ${value}`);
  if (error.hint !== undefined) lines.push(`  → ${error.hint}`);
  return lines.join('\n');
}

/** Is colour wanted on this stream? `--no-color` and `NO_COLOR` win over `FORCE_COLOR`; then only a terminal has it. */
export function wantsColor(
  stream: { isTTY?: boolean },
  noColorFlag: boolean,
  env: NodeJS.ProcessEnv = process.env,
): boolean {
  if (noColorFlag || env['NO_COLOR']) return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

/** A `usage.*` error: what is wrong, and what to type instead. */
export function usageError(code: `usage.${string}`, message: string, hint?: string): CloudilloError {
  return new CloudilloError(code, message, { stage: 'input', ...(hint !== undefined && { hint }) });
}
