/** Applies the rate limits to requests. */
import type { FastifyInstance } from 'fastify';
import type { RateLimits } from '../guard/rate-limits.ts';

/** Takes a point for each request, by the class of its route. A route without a class is a read. */
export function limitRates(app: FastifyInstance, limits: RateLimits): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const rateClass = request.routeOptions.config.rateClass ?? 'read';
    if (rateClass !== 'none') limits.take(rateClass, request.clientAddress);
    done();
  });
}
