/** Sends frames over the bus of an instance, and collects what comes: for looking at how it answers. */
import { NOBODY, type Observer, type Span } from '../../protocol/observer.ts';
import { GuardedAgent } from '../http/agents.ts';
import type { Connection } from '../http/connection.ts';
import { createHostResolver } from '../http/host-resolver.ts';
import type { Endpoint, Network } from '../http/network.ts';
import { timeoutError, transportError } from '../http/transport-error.ts';
import { peerUrl } from '../peer/peer-url.ts';
import { BUS_PATH, busRefusal } from './bus-errors.ts';
import { observedBus, tellUpgrade, traceHeaders, watchUpgrade } from './bus-watch.ts';

/** What to say, and to wait for. */
export interface BusTalkOptions {
  network: Network;
  /** Milliseconds, for the opening, and again for what comes. */
  timeout: number;
  /** The endpoint to ask, where the host has several. */
  only?: Endpoint | undefined;
  bearer?: string | undefined;
  /** Frames to send once the socket is open. */
  send: readonly string[];
  /** It ends when so many frames have come, or at the end of the time. */
  frames: number;
  /** Done once the socket is open. */
  meanwhile?: (() => Promise<unknown>) | undefined;
  /** Gets a span. Default: nobody does. */
  observer?: Observer | undefined;
}

/** What came. */
export interface BusTalk {
  frames: string[];
  /** The code with which the instance closed the socket; null: it didn't. */
  closed: number | null;
}

/** The largest frame that is accepted, in bytes (specification: WebSocket bus). */
const MAX_FRAME = 4 * 1024 * 1024;

/**
 * Talks over the bus of an identity. Silence is no error: the frames so far are returned.
 * @throws CloudilloError `dns.*`, `network.*`, `tls.*`, `peer.refused`, `peer.error`: no upgrade
 */
export function talkOverBus(idTag: string, { observer = NOBODY, ...options }: BusTalkOptions): Promise<BusTalk> {
  const url = new URL(peerUrl(idTag, BUS_PATH));
  return observedBus(observer, url, (span) => talk(url, options, span));
}

async function talk(
  url: URL,
  { network, timeout, only, bearer, send, frames: wanted, meanwhile }: BusTalkOptions,
  span: Span | null,
): Promise<BusTalk> {
  const { WebSocket } = await import('ws');
  const resolver = createHostResolver(network);
  const agent = new GuardedAgent(network, resolver, { only });
  const host = url.hostname;
  const connecting = new AbortController();
  let connection: Connection | undefined;
  const context = () => ({ host, target: `GET ${BUS_PATH}`, connection, reused: false });
  const headers = {
    'User-Agent': 'cloudillo',
    ...(bearer !== undefined && { Authorization: `Bearer ${bearer}` }),
  };
  tellUpgrade(span, url, headers, network);
  const socket = new WebSocket(url.href.replace(/^https:/, 'wss:'), {
    agent: agent.for({
      onConnection: (begun) => {
        connection = begun;
      },
      onRequest: (request) => watchUpgrade(span, request),
      signal: connecting.signal,
      span,
    }),
    headers: { ...headers, ...traceHeaders(span) },
    followRedirects: false,
    perMessageDeflate: false,
    maxPayload: MAX_FRAME,
  });
  const frames: string[] = [];
  let closed: number | null = null;
  let late: NodeJS.Timeout | undefined;
  // Frames may come with the upgrade, so they are listened for from the start.
  const said = new Promise<void>((resolve) => {
    socket.on('message', (data) => {
      frames.push(data.toString());
      if (frames.length >= wanted) resolve();
    });
    socket.once('close', (code) => {
      closed = code;
      resolve();
    });
  });
  try {
    await new Promise<void>((resolve, reject) => {
      late = setTimeout(() => reject(timeoutError(context(), timeout)), timeout);
      socket.once('open', resolve);
      socket.on('unexpected-response', (_request, response) => void busRefusal(response, host).then(reject, reject));
      socket.on('error', (error) => reject(transportError(error, context())));
    });
    clearTimeout(late);
    for (const frame of send) socket.send(frame);
    await meanwhile?.();
    const silence = new Promise<void>((resolve) => {
      late = setTimeout(resolve, wanted > 0 ? timeout : 0);
    });
    if (wanted > 0) await Promise.race([said, silence]);
    return { frames, closed };
  } finally {
    clearTimeout(late);
    connecting.abort();
    socket.terminate();
    agent.destroy();
    resolver.close();
  }
}
