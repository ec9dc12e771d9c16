import type { FastifyInstance } from 'fastify';
import { refuseConnection } from './malformed-http.ts';

/**
 * Ends requests whose body takes longer than `ms`: where a long one is expected (`longBody`), longer than that after it was answered,
 * as one is that is refused. Node has one limit for all of a server's requests; that one has to let uploads pass.
 */
export function limitBodyTime(app: FastifyInstance, ms: number): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { raw } = request;
    const { 'content-length': length, 'transfer-encoding': encoding } = raw.headers;
    const hasBody = encoding !== undefined || (length !== undefined && length !== '0');
    if (!hasBody || raw.complete) return done();
    let timer: NodeJS.Timeout | undefined;
    const start = () => {
      if (raw.readableEnded || raw.destroyed) return;
      timer = setTimeout(() => {
        if (raw.complete) return;
        if (reply.raw.writableFinished) return void raw.destroy();
        const error = Object.assign(new Error('The body came too slowly'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
        refuseConnection(error, raw.socket, reply.raw);
      }, ms).unref();
    };
    if (request.routeOptions.config.longBody === true) reply.raw.once('finish', start);
    else start();
    const clear = () => clearTimeout(timer);
    raw.once('end', clear).once('close', clear);
    done();
  });
}
