import type { FastifyInstance } from 'fastify';

/**
 * Bodies are JSON; one of any other type isn't parsed at all: 415. The network's client says `application/json` with every request,
 * also when it sends nothing: an empty body is no body, and whether the route needs one its schema says.
 */
export function parseJson(app: FastifyInstance): void {
  app.removeContentTypeParser(['text/plain', 'application/json']);
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null, undefined);
    else parse(request, body as string, done);
  });
}
