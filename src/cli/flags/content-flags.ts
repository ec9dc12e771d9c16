import { CloudilloError } from '../../protocol/errors.ts';
import { readInput } from '../input/read-input.ts';
import { usageError } from '../output/output.ts';

/** Content as it is given: as text or as JSON, never both. */
export interface ContentOptions {
  content?: string | undefined;
  'content-json'?: string | undefined;
}

/** @throws CloudilloError `usage.content`, `usage.file` */
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

/** Text as typed; of a file with `@FILE`, of standard input with `-`. @throws CloudilloError `usage.file` */
async function textOf(value: string): Promise<string> {
  const file = fileIn(value);
  return file === null ? value : (await readInput(file)).toString('utf8');
}

/**
 * What somebody says: as {@link textOf}, but without the line end that files and pipes close with, and never nothing.
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

/** The same, of a file; of standard input with `-`. @throws CloudilloError `usage.content`, `usage.file` */
export async function saidFile(file: string): Promise<string> {
  const text = (await readInput(file)).toString('utf8');
  return notEmpty(text.replace(/\r?\n$/, ''), file === '-' ? 'Standard input' : file);
}

/** What is to be read for it; null: it is the text itself. */
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

/** `"@bob is right"` is no file. */
function fileMeant(message: string): CloudilloError {
  const hint = 'After @ comes the name of a file; a text that begins with @ goes to standard input: -';
  return usageError('usage.file', message, hint);
}
