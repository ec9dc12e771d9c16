/** Lets requests that come at the same moment have their turns one after the other. */
import type { FastifyInstance } from 'fastify';
import { turnFor } from '../../store/turns/slices.ts';

/** What a request costs before its own work begins, in rows. */
const REQUEST = 100;

/**
 * Without it, hundreds of requests that came together would all be looked at before the first is answered. Call it behind the rate limits:
 * they bound the line. A route without a limit takes no turn, or one connection could put any number of requests into the line.
 */
export function takeTurns(app: FastifyInstance): void {
  app.addHook('onRequest', ({ routeOptions, raw }, _reply, done) => {
    const turn = routeOptions.config.rateClass === 'none' ? null : turnFor(REQUEST);
    if (!turn) return done();
    turn.then(() => {
      // Nobody waits for the answer any more.
      if (!raw.socket.destroyed) done();
    });
  });
}
