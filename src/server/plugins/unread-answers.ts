import type { FastifyInstance } from 'fastify';

/**
 * Ends a connection whose client has taken nothing of its answer for `ms`: it would keep a socket, and the file that is being
 * sent. Node starts over as long as bytes leave, however slowly; a handler may think as long as it likes.
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
