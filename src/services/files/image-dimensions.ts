/** Reads the size of an image from its first bytes. */
import { CloudilloError } from '../../protocol/errors.ts';

/** Width and height in pixels. */
export type Dimensions = [width: number, height: number];

/** The names that the image reader has for each format. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  jpeg: ['jpg'],
  png: ['png'],
  webp: ['webp'],
  avif: ['avif', 'mif1'],
  gif: ['gif'],
  svg: ['svg'],
};
/** Bytes that are read of other formats: a JPEG has its size behind colour profile and thumbnails. */
const HEAD_BYTES = 64 * 1024;
const JPEG_HEAD_BYTES = 512 * 1024;
const MAX_PIXELS = 2 ** 31 - 1;

/** How many first bytes {@link imageDimensions} needs. It bounds the cost of any file that claims to be an image. */
export function headLength(format: string): number {
  return format === 'jpeg' ? JPEG_HEAD_BYTES : HEAD_BYTES;
}

/**
 * Reads the size of an image from its first bytes; nothing is decoded.
 * @throws CloudilloError `usage.image` when they are no image of that format
 */
export async function imageDimensions(head: Uint8Array, format: string): Promise<Dimensions> {
  const { imageSize } = await import('image-size');
  let reason = 'it is another format';
  try {
    const { width, height, type } = imageSize(head);
    const isRight = TYPES[format]?.includes(type ?? '');
    if (isRight && isLength(width) && isLength(height)) return [width, height];
    if (isRight) reason = 'it has no size';
  } catch (error) {
    reason = reasonOf(error as Error);
  }
  throw new CloudilloError('usage.image', `The file is no image that can be read as ${format}: ${reason}`, {
    stage: 'input',
    hint: 'The preset "file" accepts any type, unchanged',
  });
}

function reasonOf(error: Error): string {
  // Of an empty or cut file the package only says that it read past the end.
  if (error instanceof RangeError) return 'it ends too early';
  return error.message.startsWith('unsupported') ? 'its first bytes are of no image' : error.message;
}

function isLength(pixels: number): boolean {
  return Number.isInteger(pixels) && pixels > 0 && pixels <= MAX_PIXELS;
}
