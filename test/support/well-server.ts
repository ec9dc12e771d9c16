import type { ServerOptions } from 'node:https';
import { WebSocketServer } from 'ws';
import { answer, type Handler, json, type Lab, type Peer, refuse } from './lab.ts';
import { makeIdentity, type TestIdentity } from './lab-identity.ts';

/** How a server differs from one that is well. */
export interface Oddity {
  /** Asked first; it says whether it has answered. */
  odd?: (...args: Parameters<Handler>) => boolean;
  tls?: Partial<ServerOptions>;
  identity?: TestIdentity;
  /** Called with each post to the inbox. */
  onPost?: (body: string) => void;
  /** The bus opens no WebSocket. */
  noBus?: boolean;
}

/** What an instance answers to each question of `doctor` and `smoke-test`. */
export function wellHandler(
  { idTag, profile }: TestIdentity,
  odd: Oddity['odd'] = () => false,
  onPost: Oddity['onPost'] = () => {},
): Handler {
  return (request, response) => {
    if (odd(request, response)) return;
    const { url, method, headers, body } = request;
    if (url.startsWith('/api/inbox') && method === 'POST') onPost(body);
    if (url === '/.well-known/cloudillo/id-tag') return json(response, { idTag });
    if (url.startsWith('/api/inbox') && method === 'POST') return refuse(response, 400, 'E-VAL-INVALID');
    if (url !== '/api/me') return refuse(response, 404, 'E-CORE-NOTFOUND');
    if (headers['if-none-match'] === '"v1"') return void response.writeHead(304, { etag: '"v1"' }).end();
    answer(response, profile, { headers: { etag: '"v1"' } });
  };
}

/** Serves an identity as an instance does, but for what the test changes. */
export async function serveWell(
  lab: Lab,
  { odd, tls, identity = makeIdentity('alice.test'), noBus, onPost }: Oddity = {},
): Promise<Peer> {
  const peer = await lab.peer(identity.idTag, wellHandler(identity, odd, onPost), tls);
  if (!noBus) openBus(peer);
  return peer;
}

/** A bus that closes guests' sockets at once. */
export function openBus({ server }: Peer): void {
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (made) => made.close(4401));
  });
}

/** Answers the paths that begin so in its own way. */
export function at(path: string, reply: Handler): NonNullable<Oddity['odd']> {
  return (request, response) => {
    if (!request.url.startsWith(path)) return false;
    void reply(request, response);
    return true;
  };
}
