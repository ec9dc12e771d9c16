/** Ends connections whose client doesn't read its answer. */
import type { FastifyInstance } from 'fastify';

/**
 * Ends a connection whose client has read nothing of its answer for `ms`. It would hold a socket, and the file that is sent. Node
 * restarts the time whenever bytes leave, however slowly. The time of a handler doesn't count.
 */
export function limitUnreadAnswers(app: FastifyInstance, ms: number): void {
  app.addHook('onRequest', (_request, { raw }, done) => {
    raw.setTimeout(ms, () => {
      const { socket } = raw;
      if (socket && socket.writableLength > 0) socket.destroy();
    });
    done();
  });
}
