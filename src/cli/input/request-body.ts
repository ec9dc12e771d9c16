/** The body of a typed request. */
import { utf8Text } from '../../protocol/text-encoding.ts';
import { usageError } from '../output/output.ts';
import { readInput } from './read-input.ts';

/**
 * Reads `--data`: JSON as typed, `@FILE`, or `-` for standard input. The bytes are sent as they are, white space included.
 * @param json refuse a body that isn't JSON
 * @throws CloudilloError `usage.data`, `usage.file`
 */
export async function requestBody(data: string, { json }: { json: boolean }): Promise<Buffer> {
  const fromFile = data === '-' ? '-' : data.startsWith('@') ? data.slice(1) : null;
  const body = fromFile === null ? Buffer.from(data) : await readInput(fromFile);
  if (json) assertJson(body);
  return body;
}

function assertJson(body: Buffer): void {
  try {
    JSON.parse(utf8Text(body));
  } catch (error) {
    throw usageError(
      'usage.data',
      `The data is not JSON: ${(error as Error).message}`,
      'Mend it, or send it with --raw',
    );
  }
}
