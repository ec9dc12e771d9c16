/** Reads a new password. */
import { usageError } from '../output/output.ts';
import type { Prompts } from './prompts.ts';
import { readText } from './read-input.ts';

/** The first line of a file, or of stdin for `-`. The line end isn't a part of it. @throws CloudilloError `usage.file` */
export async function passwordIn(file: string): Promise<string> {
  return (await readText(file)).split(/\r?\n/, 1)[0] ?? '';
}

/** Asks twice, because the input isn't shown. @throws CloudilloError `usage.password` when the two differ, `usage.cancelled` */
export async function askPassword({ secret }: Prompts, idTag: string | undefined): Promise<string> {
  const password = await secret(`New password${idTag === undefined ? '' : ` of ${idTag}`}:`);
  if ((await secret('Once more:')) === password) return password;
  throw usageError('usage.password', 'The two passwords differ', 'Nothing was changed: type it again');
}
