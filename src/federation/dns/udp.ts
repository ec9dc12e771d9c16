import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';
import { dnsError } from './dns-error.ts';

/** Where a packet goes, and how long an answer may take (ms). */
export interface WireTarget {
  address: string;
  port: number;
  timeout: number;
}

/**
 * Sends one datagram and waits for the one that `accept` takes. Each call has a socket of its own (a fresh random
 * source port), connected, so that the kernel drops what comes from any other address or port.
 *
 * @throws CloudilloError `dns.timeout`, `dns.unreachable`; and what `accept` throws.
 */
export function exchangeUdp<T>(target: WireTarget, query: Buffer, accept: (bytes: Buffer) => T | null): Promise<T> {
  const { address, port, timeout } = target;
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      socket.removeAllListeners();
      // A late ICMP error must not become an uncaught exception while the socket closes.
      socket.on('error', () => undefined);
      socket.close();
      settle();
    };
    const unreachable = (cause: Error) =>
      finish(() => reject(dnsError('dns.unreachable', `Nothing answers at ${address} port ${port} (UDP)`, { cause })));
    const timer = setTimeout(
      () => finish(() => reject(dnsError('dns.timeout', `${address} port ${port} gave no answer in ${timeout} ms`))),
      timeout,
    );
    socket.on('error', unreachable);
    socket.on('message', (bytes) => {
      try {
        const answer = accept(bytes);
        if (answer !== null) finish(() => resolve(answer));
      } catch (error) {
        finish(() => reject(error));
      }
    });
    // Its type knows no error, but without a route (no network at all) this is how it is told.
    const connected = (problem?: Error) => {
      if (problem) return unreachable(problem);
      socket.send(query, (error) => {
        if (error) unreachable(error);
      });
    };
    socket.connect(port, address, connected);
  });
}
