/** DNS over UDP. */
import { createSocket } from 'node:dgram';
import { isIP } from 'node:net';
import { dnsError } from './dns-error.ts';

/** How long the answer to a question may take, in milliseconds. */
export interface TimeForAnswer {
  /** In all: for a message. */
  limit: number;
  /** Of that, now. At least 1. */
  left(): number;
}

/** The address and port of a server, and the time that its answer has. */
export interface WireTarget {
  address: string;
  port: number;
  time: TimeForAnswer;
}

/**
 * Sends a datagram, again while no answer comes, and waits for an answer to any of them that `accept` takes. Each call has a socket of
 * its own with a random source port. The socket is connected, so that the kernel drops packets from any other address or port.
 * @param times how often it is sent, evenly spread over the time
 * @throws CloudilloError `dns.timeout`, `dns.unreachable`; what `accept` throws
 */
export function exchangeUdp<T>(
  target: WireTarget,
  query: Buffer,
  accept: (bytes: Buffer) => T | null,
  times: number,
): Promise<T> {
  const { address, port, time } = target;
  const left = time.left();
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      clearInterval(again);
      socket.removeAllListeners();
      // A late ICMP error must not become an uncaught exception while the socket closes.
      socket.on('error', () => undefined);
      socket.close();
      settle();
    };
    const unreachable = (cause: Error) =>
      finish(() => reject(dnsError('dns.unreachable', `Nothing answers at ${address} port ${port} (UDP)`, { cause })));
    const timer = setTimeout(
      () => finish(() => reject(dnsError('dns.timeout', `${address} port ${port} gave no answer in ${time.limit} ms`))),
      left,
    );
    let again: NodeJS.Timeout | undefined;
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
      let unsent = times;
      const send = () => {
        if (unsent-- > 0) socket.send(query, (error) => error && unreachable(error));
      };
      again = setInterval(send, left / times);
      send();
    };
    socket.connect(port, address, connected);
  });
}
