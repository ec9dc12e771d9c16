/** The sandbox's name server. */
import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, isIP, type Server, type Socket } from 'node:net';
import { framed, unframed } from '../../federation/dns/tcp.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { anyPort } from '../network/free-port.ts';
import { type Answerer, replyTo } from './reply.ts';

/** A running name server. */
export interface DnsServerHandle {
  address: string;
  port: number;
  close(): Promise<void>;
}

const IDLE_MS = 10_000;
const MAX_CONNECTIONS = 64;
/** How often a free port for both UDP and TCP is looked for. */
const PORT_TRIES = 10;

/**
 * Serves `answer` over UDP and TCP at one address and port.
 * @param options `port` 0: any port that is free for both
 * @throws CloudilloError `network.port-in-use`, `network.listen`
 */
export async function startDnsServer(options: {
  address: string;
  port: number;
  answer: Answerer;
}): Promise<DnsServerHandle> {
  const { address, port } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      return await listen({ ...options, port: port || anyPort() });
    } catch (cause) {
      const busy = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (busy && port === 0 && attempt < PORT_TRIES) continue;
      throw new CloudilloError(
        busy ? 'network.port-in-use' : 'network.listen',
        `The DNS server can't listen at ${address} port ${port}`,
        {
          stage: 'server',
          hint: 'Name another port: --dns-port 5353, or --dns-port 0 for any that is free.',
          details: { address, port },
          cause,
        },
      );
    }
  }
}

async function listen({ address, port, answer }: { address: string; port: number; answer: Answerer }) {
  const udp = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
  udp.bind(port, address);
  await once(udp, 'listening');
  const connections = new Set<Socket>();
  const tcp = createServer((socket) => serveStream(socket, answer, connections));
  tcp.maxConnections = MAX_CONNECTIONS;
  try {
    tcp.listen(port, address);
    await once(tcp, 'listening');
  } catch (error) {
    udp.close();
    throw error;
  }
  udp.on('message', (bytes, from) => serveDatagram(udp, bytes, from, answer));
  udp.on('error', () => {
    // An ICMP error from a client that has gone. A client that still wants the answer asks again.
  });
  return { address, port, close: () => closeBoth(udp, tcp, connections) };
}

function serveDatagram(udp: UdpSocket, bytes: Buffer, from: RemoteInfo, answer: Answerer): void {
  const reply = replyTo(bytes, answer, { datagram: true });
  if (reply) {
    udp.send(reply, from.port, from.address, () => {
      // UDP may lose an answer. The client asks again.
    });
  }
}

function serveStream(socket: Socket, answer: Answerer, connections: Set<Socket>): void {
  let received: Buffer = Buffer.alloc(0);
  connections.add(socket);
  socket.on('close', () => connections.delete(socket));
  socket.on('error', () => socket.destroy());
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    for (;;) {
      const [message, rest] = unframed(received);
      received = rest;
      if (!message) return;
      const reply = replyTo(message, answer, { datagram: false });
      if (!reply) return socket.destroy();
      socket.write(framed(reply));
    }
  });
}

async function closeBoth(udp: UdpSocket, tcp: Server, connections: Set<Socket>): Promise<void> {
  for (const socket of connections) socket.destroy();
  await Promise.all([
    new Promise<void>((resolve) => udp.close(() => resolve())),
    new Promise<void>((resolve) => tcp.close(() => resolve())),
  ]);
}
