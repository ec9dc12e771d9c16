import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Sends one request again and again over connections that stay open, and reads nothing of an answer but its status. */
export interface OpenClient {
  /** Sends the request so many times, one at a time on each connection. Resolves when all are answered. */
  ask(count: number): Promise<void>;
  end(): void;
}

/** Opens the connections. @param request as it is sent @param status of a good answer */
export async function openClient(
  port: number,
  connections: number,
  request: string,
  status: number,
): Promise<OpenClient> {
  const bytes = Buffer.from(request);
  const sockets: Socket[] = [];
  let unsent = 0;
  let unanswered = 0;
  let settle = { done: () => {}, fail: (_error: Error) => {} };
  const send = (socket: Socket) => {
    if (unsent === 0) return;
    unsent -= 1;
    socket.write(bytes);
  };
  for (let index = 0; index < connections; index += 1) {
    // The answer is small: it comes in one piece.
    const buffer = Buffer.alloc(4096);
    const onAnswer = (length: number) => {
      if (buffer.toString('latin1', 9, 12) !== String(status))
        settle.fail(new Error(buffer.toString('utf8', 0, length)));
      unanswered -= 1;
      send(socket);
      if (unanswered === 0) settle.done();
      return true;
    };
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true, onread: { buffer, callback: onAnswer } });
    await once(socket, 'connect');
    socket.on('close', () => settle.fail(new Error('The server closed the connection')));
    sockets.push(socket);
  }
  return {
    ask: (count) =>
      new Promise((done, fail) => {
        settle = { done, fail };
        unsent = count;
        unanswered = count;
        for (const socket of sockets) send(socket);
      }),
    end() {
      settle = { done: () => {}, fail: () => {} };
      for (const socket of sockets) socket.destroy();
    },
  };
}
