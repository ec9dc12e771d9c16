/** Lets requests that come at the same moment have their turns one after the other. */
import type { FastifyInstance } from 'fastify';
import { turnFor } from '../../store/turns/slices.ts';

/** What a request costs before its own work begins, in rows. */
const REQUEST = 100;

/** Without it, hundreds of requests that came together would all be looked at before the first is answered. */
export function takeTurns(app: FastifyInstance): void {
  app.addHook('onRequest', (_request, _reply, done) => {
    const turn = turnFor(REQUEST);
    if (turn) turn.then(() => done());
    else done();
  });
}
