import { readFile } from 'node:fs/promises';
import { unreadable } from './unreadable-input.ts';

/** The most that is read into memory. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * The content of a file, or of standard input for `-`.
 * @throws CloudilloError `usage.file`
 */
export async function readInput(file: string): Promise<Buffer> {
  try {
    return file === '-' ? await readStdin() : await readFile(file);
  } catch (error) {
    throw unreadable(file === '-' ? 'Standard input' : file, error);
  }
}

async function readStdin(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin) {
    size += (chunk as Buffer).length;
    if (size > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
