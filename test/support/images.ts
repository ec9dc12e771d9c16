import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { createPictures } from '../../src/services/files/picture-maker.ts';
import type { Pictures } from '../../src/services/runtime/pictures.ts';
import { PROJECT_ROOT, temporaryDirectory } from './run-cli.ts';

export const WORKER = join(PROJECT_ROOT, 'bin/picture-worker.js');

/** A picture of two colours, the left half red. */
export async function image(width: number, height: number, format: 'png' | 'jpeg' | 'webp' | 'avif' | 'gif' = 'png') {
  return halves(width, height).toFormat(format).toBuffer();
}

/** A picture with as much in it as a photo: its variants grow with their size. */
export async function noise(width: number, height: number): Promise<Buffer> {
  const create = { width, height, channels: 3 as const, noise: { type: 'gaussian' as const, mean: 128, sigma: 40 } };
  return sharp({ create: { ...create, background: '#000' } })
    .png()
    .toBuffer();
}

/** A photo as a phone makes it: it has to be turned by a quarter to the right, and tells where it was taken. */
export async function photo(width: number, height: number): Promise<Buffer> {
  const place = {
    GPSLatitudeRef: 'N',
    GPSLatitude: '47/1 29/1 0/1',
    GPSLongitudeRef: 'E',
    GPSLongitude: '19/1 2/1 0/1',
  };
  const exif = { IFD0: { Make: 'A camera' }, IFD3: place };
  return halves(width, height).withMetadata({ orientation: 6 }).withExifMerge(exif).jpeg().toBuffer();
}

function halves(width: number, height: number): Sharp {
  const colour = (red: boolean) => ({ r: red ? 250 : 0, g: 0, b: red ? 0 : 250 });
  const left = { width: Math.max(Math.floor(width / 2), 1), height, channels: 3 as const, background: colour(true) };
  return sharp({ create: { width, height, channels: 3, background: colour(false) } }).composite([
    { input: { create: left }, left: 0, top: 0 },
  ]);
}

/** What makes pictures where the optional package isn't installed. */
export function withoutSharp(): Pictures {
  const alone = join(temporaryDirectory(), 'picture-worker.cjs');
  copyFileSync(WORKER, alone);
  return createPictures(alone);
}
