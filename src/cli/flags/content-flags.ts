/** The content of an action, as flags and arguments give it. */
import { CloudilloError } from '../../protocol/errors.ts';
import { readText } from '../input/read-input.ts';
import { usageError } from '../output/output.ts';

/** Content as text or as JSON, never both. */
export interface ContentOptions {
  content?: string | undefined;
  'content-json'?: string | undefined;
}

/** Reads the content. @throws CloudilloError `usage.content`, `usage.file` */
export async function contentOf(options: ContentOptions): Promise<unknown> {
  const json = options['content-json'];
  if (json === undefined) return options.content === undefined ? undefined : textOf(options.content);
  try {
    return JSON.parse(await textOf(json)) as unknown;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw usageError('usage.content', `The content is not JSON: ${error.message}`, 'For plain text there is --content');
  }
}

/** A text as typed; `@FILE` reads a file, `-` standard input. @throws CloudilloError `usage.file` */
async function textOf(value: string): Promise<string> {
  const file = fileIn(value);
  return file === null ? value : readText(file);
}

/**
 * The text of an action: as {@link textOf}, but without the last line end of files and pipes, and never empty.
 * @throws CloudilloError `usage.content`, `usage.file`
 */
export async function saidText(value: string): Promise<string> {
  const file = fileIn(value);
  if (file === null) return notEmpty(value, 'The text');
  return saidFile(file).catch((error: unknown) => {
    const unreadable = error instanceof CloudilloError && error.code === 'usage.file';
    throw unreadable && value !== '-' ? fileMeant(error.message) : error;
  });
}

/** The text of an action from a file; `-` is standard input. @throws CloudilloError `usage.content`, `usage.file` */
export async function saidFile(file: string): Promise<string> {
  const text = await readText(file);
  return notEmpty(text.replace(/\r?\n$/, ''), file === '-' ? 'Standard input' : file);
}

/** The file that the value names; null when the value is the text itself. */
function fileIn(value: string): string | null {
  if (value === '-') return value;
  return value.startsWith('@') ? value.slice(1) : null;
}

function notEmpty(text: string, from: string): string {
  if (text.trim() !== '') return text;
  throw usageError(
    'usage.content',
    `${from} is empty: there is nothing to say`,
    'Give a text, @FILE, or - for standard input',
  );
}

/** The error for an unreadable `@FILE`. It names the way to write a text that begins with `@`, such as `"@bob is right"`. */
function fileMeant(message: string): CloudilloError {
  const hint = 'After @ comes the name of a file; a text that begins with @ goes to standard input: -';
  return usageError('usage.file', message, hint);
}
