/** Parses JSON bodies, within limits. */
import { StringDecoder } from 'node:string_decoder';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CloudilloError } from '../../protocol/errors.ts';
import { beyondLimits, type JsonLimits } from '../../protocol/json-limits.ts';
import { nextTurn, turnFor } from '../../store/turns/slices.ts';
import type { ServerDeps } from '../context/deps.ts';
import { badRequest } from '../http/request-error.ts';
import { assertOwner } from './caller.ts';

/** What tells the owner's body from a stranger's. */
export type BodyDeps = Pick<ServerDeps, 'identities' | 'clock'>;

/** The limits of a stranger's body. They are checked before it is parsed, because parsing blocks the event loop. */
interface BodyLimits {
  bytes: number;
  json: JsonLimits;
}

/** The most bytes of an owner's body, and of any body (specification: Inbox limits). */
export const BODY_LIMIT = 4 * 1024 * 1024;
/** Bytes of a body that cost as much as examining a row of the index. */
const BYTES_A_ROW = 256;
/** In bytes. */
const DECODED_AT_ONCE = 256 * 1024;
const STRUCTURE: JsonLimits = { depth: 16, values: 10_000 };
/** An action with related tokens. */
const INBOX_BODY: BodyLimits = { bytes: 1.5 * 1024 * 1024, json: STRUCTURE };
/** On other routes strangers send passwords at most. */
const OTHER_BODY: BodyLimits = { bytes: 64 * 1024, json: STRUCTURE };

/**
 * Parses JSON bodies, and answers 415 to bodies of any other type. The network's client says `application/json` with every
 * request, also without a body: an empty body counts as none, and the route's schema decides whether it needs one.
 */
export function parseJson(app: FastifyInstance, deps: BodyDeps): void {
  app.removeContentTypeParser(['text/plain', 'application/json']);
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (body.length === 0) return done(null, undefined);
    const turn = turnFor(body.length / BYTES_A_ROW);
    if (turn) turn.then(() => take(request, body, done));
    else take(request, body, done);
  });

  function take(request: FastifyRequest, body: Buffer, done: (error: Error | null, value?: unknown) => void): void {
    const problem = problemOf(body, limitsOf(request));
    const read = (text: string) => parse(request, text, (error, value) => done(error && noJson(error, body), value));
    // Nearly every body: it costs no turn of the event loop.
    if (!problem && body.length <= DECODED_AT_ONCE) {
      read(body.toString());
    } else {
      allowed(deps, request, problem)
        .then(() => textOf(body))
        .then(read, done);
    }
  }
}

/** @throws CloudilloError `problem`, unless the body is the owner's */
async function allowed(deps: BodyDeps, request: FastifyRequest, problem: CloudilloError | null): Promise<void> {
  if (problem && !(await isUnlimited(deps, request))) throw problem;
}

/** Decodes a body, a part in a turn of the event loop: a megabyte of text that isn't ASCII takes more than ten milliseconds. */
async function textOf(body: Buffer): Promise<string> {
  const decoder = new StringDecoder('utf8');
  let text = '';
  for (let at = 0; at < body.length; at += DECODED_AT_ONCE) {
    text += decoder.write(body.subarray(at, at + DECODED_AT_ONCE));
    await nextTurn();
  }
  return text + decoder.end();
}

/** The limits of a stranger's body, by the route. */
export function limitsOf({ routeOptions: { config } }: FastifyRequest): BodyLimits {
  return config.body === 'inbox' ? INBOX_BODY : OTHER_BODY;
}

/** Whether the body is the owner's, for whom only the server's own limit holds. */
export async function isUnlimited(deps: BodyDeps, request: FastifyRequest): Promise<boolean> {
  if (request.routeOptions.config.body === 'inbox' || request.headers.authorization === undefined) return false;
  try {
    await assertOwner(deps, request);
    return true;
  } catch (error) {
    // The route answers that the caller isn't the owner, if the body is small enough for it.
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

/** The parser's own message quotes the body. */
function noJson(error: Error, body: Buffer): CloudilloError {
  if (/forbidden prototype/.test(error.message)) return badRequest('The body has a member that no object may have');
  return badRequest(`The body is no JSON; ${body.length} bytes of it came`);
}

/** The error of a body with more bytes than that. */
export function tooLarge(bytes: number): CloudilloError {
  return badRequest(`The body is larger than ${bytes} bytes`, 'request.too-large');
}
