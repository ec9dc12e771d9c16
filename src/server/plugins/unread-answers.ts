/** Ends connections whose client doesn't read its answer. */
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { lastAnswerOn } from './last-answer.ts';

/**
 * Ends a connection whose client has read nothing of its answer for `ms`. It would hold a socket, and the file that is sent. Node
 * restarts the time whenever bytes leave, however slowly. The time of a handler doesn't count. Between two requests Node sets the
 * time to keep the connection, and before the first one it has limits of its own. Call `rememberAnswers` first.
 */
export function limitUnreadAnswers({ server }: FastifyInstance, ms: number): void {
  // Node sets the time anew with each request.
  server.timeout = ms;
  server.on('timeout', (socket: Socket) => {
    const last = lastAnswerOn(socket);
    if (last?.writableFinished || socket.writableLength > 0) socket.destroy();
  });
}
