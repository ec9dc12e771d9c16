/** Tells an observer of a connection to a bus. */
import type { ClientRequest } from 'node:http';
import type { WebSocket } from 'ws';
import { type Observer, observed, type Span } from '../../protocol/observer.ts';
import { connectionOf, leadingAttempt } from '../http/connection.ts';
import { describeRequest } from '../http/describe-request.ts';
import type { Network } from '../http/network.ts';

/** Runs `open` within a span, which ends when the bus is open. @param open gets null when nobody observes */
export function observedBus<T>(observer: Observer, url: URL, open: (span: Span | null) => Promise<T>): Promise<T> {
  const facts = {
    'http.request.method': 'GET',
    'url.full': `wss://${url.host}${url.pathname}`,
    'server.address': url.hostname,
    'server.port': url.port === '' ? 443 : Number(url.port),
  };
  return observed(observer, 'bus', open, { kind: 'client', facts });
}

/** The header that tells the peer its place in the trace (W3C Trace Context). */
export function traceHeaders(span: Span | null): Record<string, string> {
  return span ? { traceparent: span.traceparent } : {};
}

/** What `ws` adds to the request. Any 16 bytes are a key: the peer proves with them that it has read the request. */
const UPGRADE = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': Buffer.from('cloudillo --curl').toString('base64'),
};

/** Tells the span of the request that asks for the upgrade, so that somebody else can send it. */
export function tellUpgrade(span: Span | null, url: URL, headers: Record<string, string>, network: Network): void {
  const request = { method: 'GET' as const, url, headers: { ...headers, ...UPGRADE }, body: undefined };
  span?.sent(() => ({ ...describeRequest(request, network), upgrade: true }));
}

/** Makes a part of the span for the wait for the upgrade. */
export function watchUpgrade(span: Span | null, request: ClientRequest): void {
  if (!span) return;
  request.once('socket', (socket) => {
    const leading = leadingAttempt(connectionOf(socket));
    if (leading) {
      span.fact('network.peer.address', leading.address);
      span.fact('network.peer.port', leading.port);
    }
    const end = endingOnce(span.begin('answer'));
    const answered = ({ statusCode = 0 }: { statusCode?: number | undefined }) => {
      span.fact('http.response.status_code', statusCode);
      end();
    };
    request.once('upgrade', answered).once('response', answered).once('error', end).once('close', end);
  });
}

/** Makes a part of the span for the wait for the first frame, which answers the ping. */
export function watchHello(span: Span | null, socket: WebSocket): void {
  if (!span) return;
  socket.once('open', () => {
    const end = endingOnce(span.begin('ping'));
    socket.once('message', () => end()).once('close', () => end());
  });
}

/** Ends a span at the first of several events. */
function endingOnce(span: Span): (error?: unknown) => void {
  let isOver = false;
  return (error) => {
    if (!isOver) span.end(error);
    isOver = true;
  };
}
