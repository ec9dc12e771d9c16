/** Query parameters that a route doesn't have. */
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import { nearest } from '../../services/runtime/did-you-mean.ts';
import { badRequest } from '../http/request-error.ts';

/** The header that lists the names of ignored parameters. */
const IGNORED_HEADER = 'x-cloudillo-ignored';
/** The most names that are listed, and the most characters of each. */
const MOST_NAMES = 10;
const MOST_CHARACTERS = 64;

/**
 * Refuses unknown query parameters on the routes that only owners call, and on `GET /api/actions`. On the others, which peers and guests call, they are ignored, as the
 * network's server does, and listed in a header (specification: Unknown parameters). A mistyped filter would otherwise be answered
 * with everything, and nobody would notice.
 */
export function noticeUnknownQuery(app: FastifyInstance): void {
  app.addHook('preValidation', (request, reply, done) => {
    const unknown = unknownNames(request);
    if (unknown.length === 0) return done();
    if (refusesUnknownQuery(request.routeOptions))
      return done(badRequest(refusal(unknown[0] as string, knownNames(request))));
    reply.header(IGNORED_HEADER, unknown.slice(0, MOST_NAMES).map(encodeURIComponent).join(', '));
    done();
  });
}

/**
 * Whether the route refuses unknown query parameters: it demands a token, and not a peer's, or its filters decide what is answered (a
 * strict query schema).
 */
export function refusesUnknownQuery({ schema, config }: Pick<RouteOptions, 'schema' | 'config'>): boolean {
  const { additionalProperties } = (schema?.querystring ?? {}) as { additionalProperties?: boolean };
  if (config?.calledByPeers) return false;
  return schema?.security?.length === 1 || additionalProperties === false;
}

function unknownNames(request: FastifyRequest): string[] {
  const names = Object.keys(request.query as object);
  if (names.length === 0) return names;
  const known = new Set(knownNames(request));
  return names.filter((name) => !known.has(name)).map((name) => [...name].slice(0, MOST_CHARACTERS).join(''));
}

function knownNames({ routeOptions }: FastifyRequest): string[] {
  const { properties = {} } = (routeOptions.schema?.querystring ?? {}) as { properties?: object };
  return Object.keys(properties);
}

function refusal(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  const takes = known.length === 0 ? 'This route takes none' : `This route takes ${known.join(', ')}`;
  const hint = meant === null ? takes : `Did you mean "${meant}"? ${takes}`;
  return `Request validation failed: there is no query parameter ${JSON.stringify(name)}. ${hint}`;
}
