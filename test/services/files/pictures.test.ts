import { Readable } from 'node:stream';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { contentHash, fileId } from '../../../src/protocol/content-id.ts';
import { formatDescriptor, orderedVariants, parseDescriptor } from '../../../src/protocol/descriptor.ts';
import { type AddFileInput, addFile } from '../../../src/services/files/add-file.ts';
import { createPictures, type PictureLimits } from '../../../src/services/files/picture-maker.ts';
import { picturePreset } from '../../../src/services/files/picture-tiers.ts';
import { openMemoryStore } from '../../../src/store/engine/store.ts';
import { clockOf } from '../../support/clock.ts';
import { failureOf } from '../../support/failure.ts';
import { image, noise, photo, WORKER, withoutSharp } from '../../support/images.ts';
import { type RecordedExchange, recorded } from '../../support/recorded.ts';

const exchanges = recorded<RecordedExchange[]>('counts-pictures.json');
const answered = (name: string) => exchanges.find((exchange) => exchange.name === name)?.response.json;
const { data: DESCRIPTOR } = answered('picture.descriptor') as { data: string };
const SMALL =
  'd2,orig:b1~a3-kNPkqi4CqsC2b8aEuSf_K5CTkATocT2i2fj0rvNA:f=png:s=70:r=1x1;vis.tn:b1~YyWGQJyaVWoCpag5rjqjTmNsHnq7WU8cKaqsqOgtmgM:f=webp:s=238:r=256x256';

function setUp(pictures = createPictures(WORKER)) {
  const store = openMemoryStore();
  const deps = { store, clock: clockOf(() => 1), pictures };
  const add = (source: Buffer, input: Partial<AddFileInput> = {}) =>
    addFile(deps, {
      tenant: 'alice.test',
      fileName: 'x',
      contentType: 'image/png',
      preset: 'default',
      source,
      ...input,
    });
  const bytesOf = async (descriptor: string, name: string) => {
    const blobId = parseDescriptor(descriptor).variants.find((variant) => variant.name === name)?.blobId as string;
    return Buffer.concat(await Readable.from((await store.blobs.read(blobId)) as Readable).toArray());
  };
  return { store, add, bytesOf };
}

function blobIdOf(bytes: Buffer): string {
  const hash = contentHash('b1');
  hash.update(bytes);
  return hash.id();
}

/** Names, formats and sizes of a descriptor, in its order. */
const shape = (descriptor: string) =>
  parseDescriptor(descriptor).variants.map(({ name, format, width, height }) => `${name} ${format} ${width}x${height}`);

describe('descriptors', () => {
  it.each([DESCRIPTOR, SMALL])('of the network are written byte for byte: %s', (descriptor) => {
    const parsed = parseDescriptor(descriptor);
    const shuffled = orderedVariants([...parsed.variants].reverse());
    expect(formatDescriptor({ ...parsed, variants: shuffled })).toBe(descriptor);
  });

  it('hash to the recorded file ID', () => {
    const me = answered('me.with-picture') as { data: { profilePic: string } };
    expect(fileId(DESCRIPTOR)).toBe(me.data.profilePic);
  });
});

describe('variants', () => {
  it('of a profile picture have the names, formats, sizes and order that are recorded', async () => {
    const { add, bytesOf } = setUp();
    const added = await add(await noise(1400, 900), { preset: 'profile-picture' });
    expect(shape(added.descriptor)).toEqual(shape(DESCRIPTOR));
    expect(added).toMatchObject({ dim: [1400, 900], variants: 'made', original: false });
    for (const { name, blobId, size, width } of parseDescriptor(added.descriptor).variants) {
      const bytes = await bytesOf(added.descriptor, name);
      expect([bytes.length, blobIdOf(bytes)]).toEqual([size, blobId]);
      expect((await sharp(bytes).metadata()).width).toBe(width);
    }
  });

  it('of the smallest image are the original and a thumbnail, as recorded', async () => {
    const { add } = setUp();
    const { descriptor } = await add(await image(1, 1));
    expect(shape(descriptor)).toEqual(shape(SMALL));
  });

  it.each([
    [
      'default',
      3000,
      2000,
      [
        'orig png 3000x2000',
        'vis.hd webp 1920x1280',
        'vis.md webp 1280x853',
        'vis.sd webp 720x480',
        'vis.tn webp 256x171',
      ],
    ],
    [
      'default',
      300,
      1500,
      [
        'orig png 300x1500',
        'vis.hd webp 300x1500',
        'vis.md webp 256x1280',
        'vis.sd webp 144x720',
        'vis.tn webp 51x256',
      ],
    ],
    ['cover', 700, 700, ['vis.sd webp 700x700', 'vis.tn webp 256x256']],
    ['profile-picture', 60, 60, ['vis.pf avif 80x80']],
    ['mobile', 4000, 10, ['vis.md webp 1280x3', 'vis.sd webp 720x2', 'vis.tn webp 256x1']],
    ['archive', 300, 300, ['orig png 300x300', 'vis.tn webp 256x256']],
    [
      'high_quality',
      2500,
      100,
      [
        'orig png 2500x100',
        'vis.hd webp 1920x77',
        'vis.md webp 1280x51',
        'vis.sd webp 720x29',
        'vis.tn webp 256x10',
        'vis.xd webp 2500x100',
      ],
    ],
  ])('%s of %i × %i', async (preset, width, height, expected) => {
    const { descriptor } = await setUp().add(await image(width, height), { preset });
    expect(shape(descriptor).sort()).toEqual(expected);
  });

  it.each(['jpeg', 'webp', 'avif', 'gif'] as const)('of a %s', async (format) => {
    const { add } = setUp();
    const added = await add(await image(200, 100, format), { contentType: `image/${format}`, preset: 'cover' });
    expect(shape(added.descriptor)).toEqual(['vis.tn webp 256x128']);
  });

  it('of a vector graphic are drawn in their size', async () => {
    const source = Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="10" height="10" fill="#f00"/></svg>',
    );
    const { add, bytesOf } = setUp();
    const { descriptor } = await add(source, { contentType: 'image/svg+xml' });
    expect(shape(descriptor).sort()).toEqual(['orig svg 20x10', 'vis.tn webp 256x128']);
    const { data, info } = await sharp(await bytesOf(descriptor, 'vis.tn'))
      .raw()
      .toBuffer({ resolveWithObject: true });
    const alpha = (x: number) => data[(64 * info.width + x) * info.channels + 3];
    // Drawn anew, the edge is sharp.
    expect([alpha(120), alpha(136)]).toEqual([255, 0]);
  });

  it('tell neither place nor camera, and stand upright', async () => {
    const source = await photo(400, 200);
    expect(source.includes('A camera')).toBe(true);
    const { add, bytesOf, store } = setUp();
    const added = await add(source, { contentType: 'image/jpeg' });
    expect(added).toMatchObject({ dim: [200, 400], original: false });
    expect(shape(added.descriptor)).toEqual(['vis.tn webp 128x256', 'vis.sd webp 200x400']);
    const bytes = await bytesOf(added.descriptor, 'vis.sd');
    const { exif, xmp, iptc, icc, orientation } = await sharp(bytes).metadata();
    expect([exif, xmp, iptc, icc, orientation]).toEqual([undefined, undefined, undefined, undefined, undefined]);
    // What was left is on top.
    const [red = 0, , blue = 0] = await sharp(bytes)
      .extract({ left: 100, top: 50, width: 1, height: 1 })
      .raw()
      .toBuffer();
    expect(red).toBeGreaterThan(blue);
    // Nor is it among the blobs.
    expect(await store.blobs.has(blobIdOf(source))).toBe(false);
    const archived = await add(source, { contentType: 'image/jpeg', preset: 'archive' });
    expect(archived.original).toBe(true);
    expect((await bytesOf(archived.descriptor, 'orig')).equals(source)).toBe(true);
  });

  it('are made of images only', async () => {
    const { add } = setUp();
    const kept = await add(await image(300, 300), { preset: 'file' });
    expect([shape(kept.descriptor), kept.variants]).toEqual([['orig bin 0x0'], null]);
    const text = await add(Buffer.from('%PDF-'), { contentType: 'application/pdf' });
    expect([shape(text.descriptor), text.variants]).toEqual([['orig pdf 0x0'], null]);
  });
});

describe('without the optional package', () => {
  it('an image is kept as it is, and the result says so', async () => {
    const { add, store } = setUp(withoutSharp());
    for (const preset of ['default', 'profile-picture']) {
      const added = await add(await image(300, 200), { preset });
      expect(shape(added.descriptor)).toEqual(['orig png 300x200']);
      expect(added).toMatchObject({ variants: 'unavailable', original: true, dim: [300, 200] });
      expect(store.file('alice.test', added.fileId)).not.toBeNull();
    }
  });
});

describe('what can’t be decoded', () => {
  const refused = async (source: Buffer, limits: Partial<PictureLimits> = {}, input: Partial<AddFileInput> = {}) => {
    const { add, store } = setUp(createPictures(WORKER, limits));
    const error = await failureOf(add(source, input));
    expect([store.files('alice.test'), await Readable.from(store.blobs.ids()).toArray()]).toEqual([[], []]);
    return [(error as { code: string }).code, (error as Error).message];
  };

  it('is refused by its header alone when it has too many pixels', async () => {
    const bomb = await image(8, 8);
    // The width and the height of a PNG stand behind its signature.
    bomb.writeUInt32BE(60_000, 16);
    bomb.writeUInt32BE(60_000, 20);
    const [code, message] = await refused(bomb);
    expect(code).toBe('usage.image');
    expect(message).toMatch(/pixel/);
  });

  it('is refused when its bytes are no image', async () => {
    const whole = await image(600, 400);
    expect((await refused(whole.subarray(0, whole.length / 2)))[0]).toBe('usage.image');
    expect((await refused(await image(10, 10, 'jpeg'), {}, { contentType: 'image/webp' }))[0]).toBe('usage.image');
  });

  it('ends with the limits of time, memory and output', async () => {
    const source = await image(500, 500);
    expect((await refused(source, { time: 1 }))[1]).toMatch(/takes longer/);
    expect((await refused(source, { memory: 1 }))[1]).toMatch(/memory|decoder/);
    expect((await refused(source, { output: 10 }))[1]).toMatch(/too large/);
  });

  it('disturbs no other image', async () => {
    const { add } = setUp();
    const whole = await image(600, 400);
    const jobs = await Promise.allSettled([add(whole.subarray(0, 500)), add(whole), add(await image(50, 50))]);
    expect(jobs.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  });

  it('a worker that isn’t there is an error, not an image without variants', async () => {
    const { tiers } = picturePreset('default');
    const pictures = createPictures('/nonexistent/worker.js');
    const bytes = await image(9, 9);
    const made = pictures.make({ open: () => Readable.from([bytes]), format: 'png', tiers });
    await expect(made).rejects.toThrow('exit code 1');
  });
});
