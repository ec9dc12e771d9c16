/** The answer to the last request of each connection. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/**
 * The symbol under which a connection holds the answer to its last request. A client may send the next request before it has the
 * answer.
 */
const LAST_ANSWER = Symbol('last answer');

type AnsweringSocket = Socket & { [LAST_ANSWER]?: ServerResponse };

/** The answer to the last request on a connection; undefined before the first one. */
export function lastAnswerOn(socket: AnsweringSocket): ServerResponse | undefined {
  return socket[LAST_ANSWER];
}

/** Notes the answer to a request, before anything else learns of the request. */
export function rememberAnswer({ socket }: IncomingMessage, response: ServerResponse): void {
  (socket as AnsweringSocket)[LAST_ANSWER] = response;
}

/** Notes the answer to each request. Call it before anything else listens to the server. */
export function rememberAnswers({ server }: FastifyInstance): void {
  server.on('request', rememberAnswer);
}
