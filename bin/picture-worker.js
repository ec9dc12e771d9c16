'use strict';
// Makes the variants of one image, in a process of its own: a decoder that hangs, crashes or eats memory takes nothing else along.
// Input: the job as JSON in argv[2], the image on stdin. Output: a line of JSON, then the bytes of the variants, one after the other.
// Started by src/services/files/picture-maker.ts.

/** How often the process looks at its own size. Milliseconds. */
const LOOK_EVERY = 50;
/** A variant has to be so much larger than the one before it (specification: Pictures). */
const STEP = 1.1;

async function main() {
  const job = JSON.parse(process.argv[2]);
  setInterval(() => {
    if (process.memoryUsage.rss() > job.maxMemory) process.exit(job.exitCodes.memory);
  }, LOOK_EVERY).unref();
  const sharp = await loadSharp(job);
  // The machine is not this image's alone.
  sharp.concurrency(1);
  sharp.cache(false);
  const bytes = await input();
  try {
    return await answer(await makeVariants(sharp, job, bytes));
  } catch (error) {
    return answer({ reason: String(error.message).split('\n')[0], variants: [] });
  }
}

/** Without the package, or without its binary for this machine, there are no variants. */
async function loadSharp({ exitCodes }) {
  try {
    return (await import('sharp')).default;
  } catch {
    process.exit(exitCodes.unavailable);
  }
}

async function makeVariants(sharp, { format, maxPixels, tiers }, bytes) {
  const limits = { limitInputPixels: maxPixels, failOn: 'error', pages: 1 };
  const image = await sharp(bytes, limits).metadata();
  if (!formatsOf(format).includes(image.format)) throw new Error('it is another format');
  const { width, height } = image.autoOrient;
  // The header alone: nothing is decoded yet.
  if (width * height > maxPixels) throw new Error(`it has ${width * height} pixels, ${maxPixels} are allowed`);
  const variants = [];
  for (const variant of planned(tiers, width, height)) {
    const scale = variant.width / width;
    // A vector graphic is drawn in the size that is wanted; its own is 72 dots an inch.
    const density = image.format === 'svg' ? { density: Math.min(Math.max(72 * scale, 1), 2400) } : {};
    const pipeline = sharp(bytes, { ...limits, ...density })
      .autoOrient()
      .resize(variant.width, variant.height, { fit: 'fill' })
      .toColourspace('srgb');
    // Without `keep…` no metadata goes along: neither place nor camera.
    const encoded =
      variant.format === 'avif' ? pipeline.avif({ quality: 65, effort: 4 }) : pipeline.webp({ quality: 80 });
    variants.push({ ...variant, bytes: await encoded.toBuffer() });
  }
  const metadata = [image.exif, image.xmp, image.iptc].some((part) => part !== undefined);
  return { width, height, metadata, variants };
}

/** What sharp calls a format. */
function formatsOf(format) {
  return format === 'avif' ? ['avif', 'heif'] : [format];
}

/**
 * The first variant is always made, and may be larger than the image; of the others those that are larger than the one before, none
 * larger than the image (specification: Pictures).
 */
function planned(tiers, width, height) {
  const longer = Math.max(width, height);
  let last = 0;
  const plan = [];
  for (const { name, format, box, always } of tiers) {
    const side = always ? box : Math.min(box, longer);
    if (side <= last * STEP) continue;
    const scale = side / longer;
    const size = (pixels) => Math.max(Math.round(pixels * scale), 1);
    plan.push({ name, format, width: size(width), height: size(height) });
    last = side;
  }
  return plan;
}

async function input() {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function answer({ variants, ...facts }) {
  const head = { ...facts, variants: variants.map(({ bytes, ...variant }) => ({ ...variant, size: bytes.length })) };
  const out = Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), ...variants.map(({ bytes }) => bytes)]);
  await new Promise((resolve) => process.stdout.write(out, resolve));
}

main();
