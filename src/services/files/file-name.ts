/** Checks the names of files. */
import { CloudilloError } from '../../protocol/errors.ts';

/** The longest name in bytes (action-types.json, FSHR). */
const MAX_BYTES = 255;
/** A separator would make it a path. A control character would change a terminal, a header or a list. */
const FORBIDDEN = /[/\\\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}]/u;

/** Why a text can't be the name of a file; null when it can. */
export function fileNameProblem(name: string): string | null {
  if (name.trim() === '') return 'it is empty';
  if (name === '.' || name === '..') return 'it means a directory';
  if (FORBIDDEN.test(name)) return 'it has a path separator or a control character';
  const bytes = Buffer.byteLength(name);
  return bytes > MAX_BYTES ? `it has ${bytes} bytes; ${MAX_BYTES} are allowed` : null;
}

/** Refuses a text that can't be a file's name. @throws CloudilloError `usage.file-name` */
export function assertFileName(name: string): void {
  const problem = fileNameProblem(name);
  if (problem === null) return;
  throw new CloudilloError('usage.file-name', `This can't be the name of a file: ${problem}`, { stage: 'input' });
}
