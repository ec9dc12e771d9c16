/** Recognises the format of an image. */
import { CloudilloError } from '../../protocol/errors.ts';

/** How many first bytes tell the format of an image. */
const HEAD = 12;

/** The formats by their first bytes, as a text of one character for each byte. */
const FORMATS: readonly [RegExp, string][] = [
  [/^.PNG\r\n.\n/s, 'image/png'],
  [/^\xff\xd8\xff/, 'image/jpeg'],
  [/^RIFF.{4}WEBP/s, 'image/webp'],
  [/^.{4}ftypavi[fs]/s, 'image/avif'],
  [/^GIF8[79]a/, 'image/gif'],
];

/**
 * Finds the media type of an image by its first bytes, whatever its sender calls it.
 * @returns the type, and all bytes
 * @throws CloudilloError `usage.picture`; what the source throws
 */
export async function imageTypeOf(
  source: AsyncIterable<Uint8Array>,
): Promise<{ contentType: string; bytes: AsyncIterable<Uint8Array> }> {
  const chunks = source[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < HEAD) {
    const { done, value } = await chunks.next();
    if (done) break;
    head = Buffer.concat([head, value]);
  }
  const start = head.toString('latin1', 0, HEAD);
  const contentType = FORMATS.find(([form]) => form.test(start))?.[1];
  if (contentType === undefined) {
    await chunks.return?.();
    throw new CloudilloError('usage.picture', 'The file is no picture: its first bytes are of no image', {
      stage: 'input',
      hint: 'A picture is a JPEG, PNG, WebP, AVIF or GIF file',
    });
  }
  return { contentType, bytes: continued(head, chunks) };
}

async function* continued(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield head;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
