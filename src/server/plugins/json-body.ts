import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CloudilloError } from '../../protocol/errors.ts';
import { beyondLimits, type JsonLimits } from '../../protocol/json-limits.ts';
import type { ServerDeps } from '../context/deps.ts';
import { badRequest } from '../http/request-error.ts';
import { assertOwner } from './caller.ts';

/** What a stranger's body may be like. Looked at before it is parsed: nobody else has a turn while that takes. */
interface BodyLimits {
  bytes: number;
  json: JsonLimits;
}

/** Bytes that the owner may send, or anybody as a whole (specification: Inbox limits). */
export const BODY_LIMIT = 4 * 1024 * 1024;
const STRUCTURE: JsonLimits = { depth: 16, values: 10_000 };
/** An action with what comes along. */
const INBOX_BODY: BodyLimits = { bytes: 1.5 * 1024 * 1024, json: STRUCTURE };
/** Elsewhere strangers send passwords. */
const OTHER_BODY: BodyLimits = { bytes: 64 * 1024, json: STRUCTURE };

/**
 * Bodies are JSON; one of any other type isn't parsed at all: 415. The network's client says `application/json` with every request,
 * also when it sends nothing: an empty body is no body, and whether the route needs one its schema says.
 */
export function parseJson(app: FastifyInstance, deps: Pick<ServerDeps, 'identities' | 'clock'>): void {
  app.removeContentTypeParser(['text/plain', 'application/json']);
  app.addHook('preParsing', (request, reply, _payload, done) => {
    const { bytes } = limitsOf(request);
    const stated = Number(request.headers['content-length'] ?? 0);
    if (stated <= bytes || request.routeOptions.config.longBody === true) return done();
    isUnlimited(deps, request).then((unlimited) => {
      if (unlimited) return done();
      // The client is going to send all of it.
      reply.header('connection', 'close');
      done(tooLarge(bytes));
    }, done);
  });
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    if (body.length === 0) return undefined;
    const problem = problemOf(body, limitsOf(request));
    if (problem && !(await isUnlimited(deps, request))) throw problem;
    return new Promise((resolve, reject) => {
      parse(request, body.toString(), (error, value) => (error ? reject(error) : resolve(value)));
    });
  });
}

function limitsOf({ routeOptions: { config } }: FastifyRequest): BodyLimits {
  return config.body === 'inbox' ? INBOX_BODY : OTHER_BODY;
}

/** Is it the owner's, for whom only the server's own limit counts? */
async function isUnlimited(deps: Pick<ServerDeps, 'identities' | 'clock'>, request: FastifyRequest): Promise<boolean> {
  if (request.routeOptions.config.body === 'inbox' || request.headers.authorization === undefined) return false;
  try {
    await assertOwner(deps, request);
    return true;
  } catch (error) {
    // Whoever isn't the owner learns that from the route, if the body isn't too large for it.
    if (error instanceof CloudilloError) return false;
    throw error;
  }
}

function problemOf(body: Buffer, { bytes, json }: BodyLimits): CloudilloError | null {
  if (body.length > bytes) return tooLarge(bytes);
  const beyond = beyondLimits(body, json);
  if (beyond === 'depth') return badRequest(`The body is nested deeper than ${json.depth} levels`);
  return beyond && badRequest(`The body has more than ${json.values} values`);
}

function tooLarge(bytes: number): CloudilloError {
  return badRequest(`The body is larger than ${bytes} bytes`, 'request.too-large');
}
