/** Makes the variants of images in a process of its own, with limits of time, memory, pixels and bytes. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { createGate } from '../../federation/limits/concurrency-gate.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import type { MadePicture, MadeVariant, PictureInput, Pictures } from '../runtime/pictures.ts';

/** The limits of one image. */
export interface PictureLimits {
  pixels: number;
  /** Bytes of the worker's memory. */
  memory: number;
  /** Bytes of all variants together. */
  output: number;
  /** Milliseconds. */
  time: number;
}

const LIMITS: PictureLimits = {
  pixels: 100_000_000,
  memory: 1024 * 1024 * 1024,
  output: 64 * 1024 * 1024,
  time: 60_000,
};
/** Images at the same time, and those that wait. */
const GATE = { running: 2, waiting: 64 };
/** How the worker says that it gives up. */
const EXIT_CODES = { unavailable: 3, memory: 4 };

/** @param worker the path of `bin/picture-worker.js` */
export function createPictures(worker: string, limits: Partial<PictureLimits> = {}): Pictures {
  const gate = createGate(GATE);
  const all = { ...LIMITS, ...limits };
  let unavailable = false;
  return {
    async make(input) {
      if (unavailable) return null;
      const made = await gate.run(() => runWorker(worker, input, all));
      unavailable = made === null;
      return made;
    },
  };
}

async function runWorker(
  worker: string,
  { open, format, tiers }: PictureInput,
  limits: PictureLimits,
): Promise<MadePicture | null> {
  const { pixels: maxPixels, memory: maxMemory } = limits;
  const job = JSON.stringify({ format, tiers, maxPixels, maxMemory, exitCodes: EXIT_CODES });
  // Nothing of this process's environment: the worker decodes what strangers made.
  const env = process.platform === 'win32' ? { SystemRoot: process.env['SystemRoot'] ?? '' } : {};
  const child = spawn(process.execPath, [worker, job], { env, stdio: ['pipe', 'pipe', 'ignore'], windowsHide: true });
  const bytes = open();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, limits.time);
  try {
    const ended = exitOf(child);
    const [output, , code] = await Promise.all([outputOf(child, limits.output), feed(child, bytes), ended]);
    if (late) throw notDecoded(format, `it takes longer than ${limits.time / 1000} seconds`);
    if (code === EXIT_CODES.unavailable) return null;
    if (code === EXIT_CODES.memory) throw notDecoded(format, 'it takes too much memory');
    // A decoder that crashes ends by a signal. This is a fault of the installation.
    if (code !== null && code !== 0) throw new Error(`The picture worker ended with exit code ${code}`);
    if (output === null) throw notDecoded(format, 'its variants are too large');
    return pictureOf(output, format);
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
    bytes.destroy();
  }
}

/** The exit code; null after a signal. */
function exitOf(child: ChildProcessByStdio<Writable, Readable, null>): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new CloudilloError('store.io', `The picture worker can't be started: ${cause.message}`, { cause })),
    );
    child.once('close', resolve);
    child.once('spawn', () => lowerPriority(child.pid));
  });
}

/** Requests go first. */
function lowerPriority(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It ended already, or the system doesn't allow it. The picture is made all the same.
  }
}

/** Everything that the worker writes; null when that is too much. */
async function outputOf(child: ChildProcessByStdio<Writable, Readable, null>, most: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) {
      child.kill('SIGKILL');
      return null;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Sends the image. A worker that gave up reads no more, which its exit code explains. */
async function feed({ stdin }: ChildProcessByStdio<Writable, Readable, null>, bytes: Readable): Promise<void> {
  const gone = new Promise<void>((resolve) => {
    stdin.once('error', () => resolve());
    stdin.once('close', () => resolve());
  });
  for await (const chunk of bytes) {
    if (stdin.destroyed) return;
    if (!stdin.write(chunk)) await Promise.race([gone, new Promise((resolve) => stdin.once('drain', resolve))]);
  }
  stdin.end();
  await gone;
}

function pictureOf(output: Buffer, format: string): MadePicture {
  const end = output.indexOf('\n');
  if (end < 0) throw notDecoded(format, 'the decoder failed');
  const head = JSON.parse(output.toString('utf8', 0, end));
  if (head.reason !== undefined) throw notDecoded(format, head.reason);
  let at = end + 1;
  const variants: MadeVariant[] = [];
  for (const { size, ...variant } of head.variants) {
    variants.push({ ...variant, bytes: output.subarray(at, at + size) });
    at += size;
  }
  const { width, height, metadata } = head;
  return { width, height, metadata, variants };
}

function notDecoded(format: string, reason: string): CloudilloError {
  return new CloudilloError('usage.image', `The file is no image that can be read as ${format}: ${reason}`, {
    stage: 'input',
    hint: 'The preset "file" accepts any type, unchanged',
  });
}
