import type { FastifyInstance } from 'fastify';
import { badRequest } from '../request-error.ts';

/** 415 for a body that is compressed: nobody unpacks it, and an upload would be kept as what it isn't (RFC 9110, 15.5.16). */
export function refuseEncodedBodies(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    const coding = request.headers['content-encoding'];
    if (coding === undefined || coding.toLowerCase() === 'identity') return done();
    reply.header('accept-encoding', 'identity');
    done(badRequest('The body has to come as it is, without Content-Encoding', { status: 415 }));
  });
}
