import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type ClientOptions, WebSocket } from 'ws';
import { actionId } from '../../../src/protocol/content-id.ts';
import { apiHost } from '../../../src/protocol/id-tag.ts';
import type { Instance } from '../../support/instance.ts';

/** A frame as it came, parsed. */
export interface Frame {
  id: string;
  cmd: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into views
  data: any;
}

/** The other end of a socket: what came over it, in order. */
export interface BusClient {
  socket: WebSocket;
  frames: Frame[];
  /** Waits for the next frame. */
  next(): Promise<Frame>;
  /** Waits for the end: code and reason. */
  closed: Promise<{ code: number; reason: string }>;
  /** Everything that was sent before this has been dealt with by now. */
  ping(): Promise<void>;
}

export interface DialOptions {
  /** In the query. */
  token?: string;
  /** In the header. */
  bearer?: string;
  tenant?: string;
  options?: ClientOptions;
}

/** A token arrives in the inbox, by the front door. @returns its action ID */
export async function arriveAt(instance: Instance, token: string, tenant = 'alice.test'): Promise<string> {
  const { statusCode } = await instance.post('/api/inbox/sync', { token }, { tenant });
  if (statusCode !== 201) throw new Error(`The inbox answered ${statusCode}`);
  return actionId(token);
}

/** Binds the app to a free port, once. */
export async function listening({ app }: Instance): Promise<number> {
  if (!app.server.listening) await app.listen({ host: '127.0.0.1', port: 0 });
  return (app.server.address() as AddressInfo).port;
}

/** Opens a socket on the bus; resolves once it is open. */
export async function dial(instance: Instance, { token, bearer, tenant = 'alice.test', options = {} }: DialOptions) {
  const port = await listening(instance);
  const query = token === undefined ? '' : `?token=${token}`;
  const headers = { host: apiHost(tenant), ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }) };
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws/bus${query}`, { headers, ...options });
  const client = watch(socket);
  await once(socket, 'open');
  return client;
}

function watch(socket: WebSocket): BusClient {
  const frames: Frame[] = [];
  const waiting: ((frame: Frame) => void)[] = [];
  let read = 0;
  socket.on('message', (data) => {
    const frame = JSON.parse(data.toString()) as Frame;
    frames.push(frame);
    const waiter = waiting.shift();
    if (!waiter) return;
    read += 1;
    waiter(frame);
  });
  // The close that follows tells the tests what they want to know.
  socket.on('error', () => {});
  const next = () => {
    const frame = frames[read];
    if (!frame) return new Promise<Frame>((resolve) => waiting.push(resolve));
    read += 1;
    return Promise.resolve(frame);
  };
  return {
    socket,
    frames,
    next,
    closed: new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    }),
    async ping() {
      const id = `ping ${Math.random()}`;
      socket.send(JSON.stringify({ id, cmd: 'ping', data: {} }));
      for (;;) if ((await next()).id === id) return;
    },
  };
}
