/** Reads the body of an upload, with limits on how slow it may be. */
import type { IncomingMessage } from 'node:http';
import { CloudilloError } from '../../protocol/errors.ts';
import { badRequest } from './request-error.ts';

/** How slow an upload may be before it is ended. */
export interface UploadPace {
  /** The longest pause, milliseconds. */
  idle: number;
  /** The lowest average rate, bytes a second. It is checked once `idle` has passed. */
  minRate: number;
}

const PACE: UploadPace = { idle: 30_000, minRate: 16 * 1024 };

/**
 * The bytes of a long request. When the reader stops early, the connection stays open, so that the client can read the answer.
 * @throws CloudilloError `request.invalid` when it breaks off or its length is wrong, `request.timeout` when it is too slow
 */
export async function* uploadBody(
  request: IncomingMessage,
  { idle, minRate }: UploadPace = PACE,
): AsyncGenerator<Buffer> {
  const stated = request.headers['content-length'];
  const start = performance.now();
  const chunks: AsyncIterator<Buffer> = request.iterator({ destroyOnReturn: false });
  let size = 0;
  for (;;) {
    const { done, value } = await nextWithin(chunks, idle);
    if (done) break;
    size += value.length;
    const ms = performance.now() - start;
    if (ms > idle && size < (ms / 1000) * minRate) throw tooSlow();
    yield value;
  }
  if (stated !== undefined && size !== Number(stated)) throw cutOff();
}

/** Discards the rest of a refused upload for a while, so that the client gets to read the answer. */
export function discardRest(request: IncomingMessage, linger = 10_000): void {
  if (request.readableEnded || request.destroyed) return;
  const timer = setTimeout(() => request.destroy(), linger).unref();
  request.once('close', () => clearTimeout(timer)).once('end', () => clearTimeout(timer));
  request.resume();
}

async function nextWithin(chunks: AsyncIterator<Buffer>, idle: number): Promise<IteratorResult<Buffer>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(tooSlow()), idle);
  });
  const next = chunks.next().catch(() => {
    throw cutOff();
  });
  // After a timeout its outcome is ignored.
  next.catch(() => {});
  try {
    return await Promise.race([next, late]);
  } finally {
    clearTimeout(timer);
  }
}

function cutOff(): Error {
  return badRequest('The upload was cut off before its end');
}

function tooSlow(): Error {
  return new CloudilloError('request.timeout', 'The upload takes too long to arrive', { stage: 'server' });
}
