/** DNS over TCP. */
import { connect } from 'node:net';
import { dnsError } from './dns-error.ts';
import type { WireTarget } from './udp.ts';

/**
 * Sends a query over TCP, with two bytes of length before each message (RFC 7766), so that no answer is cut off.
 * @throws CloudilloError `dns.timeout`, `dns.unreachable`; what `accept` throws
 */
export function exchangeTcp<T>(target: WireTarget, query: Buffer, accept: (bytes: Buffer) => T | null): Promise<T> {
  const { address, port, timeout } = target;
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port });
    let received: Buffer = Buffer.alloc(0);
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      socket.destroy();
      settle();
    };
    const unreachable = (cause: Error) =>
      finish(() => reject(dnsError('dns.unreachable', `Nothing answers at ${address} port ${port} (TCP)`, { cause })));
    const timer = setTimeout(
      () =>
        finish(() => reject(dnsError('dns.timeout', `${address} port ${port} (TCP) gave no answer in ${timeout} ms`))),
      timeout,
    );
    socket.on('error', unreachable);
    socket.on('close', () => unreachable(new Error('the connection was closed before an answer')));
    socket.on('connect', () => socket.write(framed(query)));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      try {
        for (let message = takeMessage(); message; message = takeMessage()) {
          const answer = accept(message);
          if (answer !== null) return finish(() => resolve(answer));
        }
      } catch (error) {
        finish(() => reject(error));
      }
    });
    const takeMessage = (): Buffer | null => {
      const [message, rest] = unframed(received);
      received = rest;
      return message;
    };
  });
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
