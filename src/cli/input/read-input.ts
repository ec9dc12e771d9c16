/** Reads files and standard input. */
import { fstatSync, readFile } from 'node:fs';
import { promisify } from 'node:util';
import { utf8Text } from '../../protocol/text-encoding.ts';
import { unreadable } from './unreadable-input.ts';

/** As in `node:fs/promises`, whose loading takes a twentieth of a short command's time. */
const readWhole = promisify(readFile);

/** The most bytes that are read into memory. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * The content of a file, or of standard input for `-`.
 * @throws CloudilloError `usage.file`
 */
export async function readInput(file: string): Promise<Buffer> {
  try {
    return await inputBytes(file);
  } catch (error) {
    throw unreadable(file === '-' ? 'Standard input' : file, error);
  }
}

/** As {@link readInput}, for callers with an error code of their own. @throws Error for `whyUnreadable` */
export async function inputBytes(file: string): Promise<Buffer> {
  if (file !== '-') return readWhole(file);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of openStdin()) {
    size += (chunk as Buffer).length;
    if (size > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/** The text of {@link readInput}. @throws CloudilloError `usage.file`, also for UTF-16 and a byte order mark */
export async function readText(file: string): Promise<string> {
  try {
    return utf8Text(await inputBytes(file));
  } catch (error) {
    throw unreadable(file === '-' ? 'Standard input' : file, error);
  }
}

/** Opens standard input. Node reads a directory (`… - < DIR`) as an empty file, so it is refused here. @throws CloudilloError `usage.file` */
export function openStdin(): NodeJS.ReadStream {
  if (fstatSync(0).isDirectory()) throw unreadable('Standard input', new Error('it is a directory'));
  return process.stdin;
}
