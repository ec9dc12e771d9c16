import { usageError } from './output.ts';
import { readInput } from './read-input.ts';

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
export async function textOf(value: string): Promise<string> {
  const file = value === '-' ? '-' : value.startsWith('@') ? value.slice(1) : null;
  return file === null ? value : (await readInput(file)).toString('utf8');
}
