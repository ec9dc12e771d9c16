/** DNS over UDP. */
import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';
import { dnsError } from './dns-error.ts';

/** The address and port of a server, and how long its answer may take (milliseconds). */
export interface WireTarget {
  address: string;
  port: number;
  timeout: number;
}

/**
 * Sends one datagram and waits for the one that `accept` takes. Each call has a socket of its own with a random source port. The
 * socket is connected, so that the kernel drops packets from any other address or port.
 * @throws CloudilloError `dns.timeout`, `dns.unreachable`; what `accept` throws
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
    // The type of the callback has no error. Without a network it gets one all the same.
    const connected = (problem?: Error) => {
      if (problem) return unreachable(problem);
      socket.send(query, (error) => {
        if (error) unreachable(error);
      });
    };
    socket.connect(port, address, connected);
  });
}
