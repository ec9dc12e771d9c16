/** Asks whether the bus of an instance can be reached: the upgrade to WebSocket alone, as a guest. */
import { GuardedAgent } from '../http/agents.ts';
import type { Connection } from '../http/connection.ts';
import type { Endpoint, Network } from '../http/network.ts';
import { createHostResolver } from '../http/resolver.ts';
import { timeoutError, transportError } from '../http/transport-error.ts';
import { peerUrl } from '../peer/peer-url.ts';
import { BUS_PATH, busRefusal } from './bus-errors.ts';

/** How to ask. */
export interface ProbeBusOptions {
  network: Network;
  /** Milliseconds, for the whole of it. */
  timeout: number;
  /** The endpoint to ask, where the host has several. */
  only?: Endpoint | undefined;
}

/**
 * Opens the bus of an identity without a token, and closes it. The instance closes a guest's socket by itself, with 4401.
 * @throws CloudilloError `dns.*`, `network.*`, `tls.*`, `peer.refused`, `peer.error`: no upgrade
 */
export async function probeBus(idTag: string, { network, timeout, only }: ProbeBusOptions): Promise<void> {
  const { WebSocket } = await import('ws');
  const resolver = createHostResolver(network);
  const agent = new GuardedAgent(network, resolver, { only });
  const url = new URL(peerUrl(idTag, BUS_PATH));
  const host = url.hostname;
  const connecting = new AbortController();
  let connection: Connection | undefined;
  const context = () => ({ host, target: `GET ${BUS_PATH}`, connection, reused: false });
  const socket = new WebSocket(url.href.replace(/^https:/, 'wss:'), {
    agent: agent.for({
      onConnection: (begun) => {
        connection = begun;
      },
      signal: connecting.signal,
    }),
    headers: { 'User-Agent': 'cloudillo' },
    followRedirects: false,
    perMessageDeflate: false,
  });
  let late: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      late = setTimeout(() => reject(timeoutError(context(), timeout)), timeout);
      socket.once('open', resolve);
      socket.on('unexpected-response', (_request, response) => void busRefusal(response, host).then(reject, reject));
      socket.on('error', (error) => reject(transportError(error, context())));
    });
  } finally {
    clearTimeout(late);
    connecting.abort();
    socket.terminate();
    agent.destroy();
    resolver.close();
  }
}
