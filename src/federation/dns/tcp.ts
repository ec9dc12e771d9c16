/** DNS over TCP. */
import type { Socket } from 'node:net';
import { connect } from '../http/connect.ts';
import { dnsError } from './dns-error.ts';
import type { WireTarget } from './udp.ts';

/**
 * Sends a query over TCP, with two bytes of length before each message (RFC 7766), so that no answer is cut off.
 * @throws CloudilloError `dns.timeout`, `dns.unreachable`; what `accept` throws
 */
export async function exchangeTcp<T>(
  target: WireTarget,
  query: Buffer,
  accept: (bytes: Buffer) => T | null,
): Promise<T> {
  const { address, port, time } = target;
  const place = `${address} port ${port} (TCP)`;
  const signal = AbortSignal.timeout(Math.ceil(time.left()));
  let socket: Socket;
  const failure = (cause: unknown) =>
    signal.aborted
      ? dnsError('dns.timeout', `${place} gave no answer in ${time.limit} ms`)
      : dnsError('dns.unreachable', `Nothing answers at ${place}`, { cause });
  try {
    socket = await connect([{ address, port }], { signals: [signal] });
  } catch (cause) {
    throw failure(cause);
  }
  try {
    socket.write(framed(query));
    // Ends the reading below, as a timeout.
    const late = () => socket.destroy(new Error('no answer in time'));
    signal.addEventListener('abort', late, { once: true });
    return await firstAccepted(socket, accept, failure);
  } finally {
    socket.destroy();
  }
}

/** Reads messages until one is taken. */
async function firstAccepted<T>(
  socket: Socket,
  accept: (bytes: Buffer) => T | null,
  failure: (cause: unknown) => Error,
): Promise<T> {
  let received: Buffer = Buffer.alloc(0);
  const chunks = socket[Symbol.asyncIterator]();
  for (;;) {
    const { value, done } = await chunks.next().catch((cause: unknown) => Promise.reject(failure(cause)));
    if (done) throw failure(new Error(`the connection was closed ${endOf(received)}`));
    received = Buffer.concat([received, value]);
    for (let [message, rest] = unframed(received); message; [message, rest] = unframed(rest)) {
      const answer = accept(message);
      if (answer !== null) return answer;
      received = rest;
    }
  }
}

/** Where the connection ended: an answer that was cut off is another fault than none. */
function endOf(received: Buffer): string {
  if (received.length < 2) return 'before an answer';
  return `in the middle of an answer: ${received.length - 2} of ${received.readUInt16BE(0)} bytes came`;
}

/** A message with its length in front. */
export function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/** The first whole message in a stream's bytes, and the bytes after it. */
export function unframed(bytes: Buffer): [message: Buffer | null, rest: Buffer] {
  if (bytes.length < 2) return [null, bytes];
  const end = 2 + bytes.readUInt16BE(0);
  return bytes.length < end ? [null, bytes] : [bytes.subarray(2, end), bytes.subarray(end)];
}
