import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { failure } from '../../protocol/envelope.ts';
import type { WireErrorCode } from '../../protocol/wire-error.ts';
import { badRequest, notFound } from '../http/request-error.ts';
import { sendError } from './errors.ts';

const JSON_TYPE = 'application/json';
const NO_PROXY = 'CLOUDILLO_NO_PROXY';
/** Of an error whose message may be told. */
export const BAD_HANDSHAKE = 'CLOUDILLO_BAD_HANDSHAKE';

/** What the router refuses before any hook runs: an undecodable path is malformed, one that is too long names nothing. */
export function refuseUrl(error: { code?: string }, request: FastifyRequest, reply: FastifyReply): void {
  reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff');
  const tooLong = error.code === 'FST_ERR_MAX_PARAM_LENGTH';
  sendError(reply, tooLong ? notFound() : badRequest('The request path is malformed'));
}

/** Where a connection holds the answer to its last request. A client may send the next request before it has the answer. */
const LAST_ANSWER = Symbol('last answer');

function lastAnswerOn(socket: Socket & { [LAST_ANSWER]?: ServerResponse }): ServerResponse | undefined {
  return socket[LAST_ANSWER];
}

function rememberAnswer({ socket }: IncomingMessage, response: ServerResponse): void {
  Object.assign(socket, { [LAST_ANSWER]: response });
}

/** What Node would refuse by itself with an empty body, or with no answer at all: a peer's delivery reads the body. */
export function refuseOddRequests({ server }: FastifyInstance): void {
  server.on('request', rememberAnswer);
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    rememberAnswer(request, response);
    const body = JSON.stringify(failure('E-VAL-INVALID', 'The only expectation that is met here is 100-continue'));
    // What comes after the header wasn't asked for, and isn't read.
    const headers = { 'content-type': JSON_TYPE, 'content-length': Buffer.byteLength(body), connection: 'close' };
    response.writeHead(417, { ...headers, 'cache-control': 'no-store' }).end(body);
  });
  server.on('connect', (_request: IncomingMessage, socket: Socket) => {
    socket.on('error', () => socket.destroy());
    refuseConnection(Object.assign(new Error('No proxy'), { code: NO_PROXY }), socket);
  });
}

/**
 * What isn't HTTP, or comes too slowly. A request whose head was fine is answered as any other; without one the answer is written
 * to the socket as it is, behind those to the requests before.
 * @param last the answer to the last request that came on this connection
 */
export function refuseConnection(error: ConnectionError, socket: Socket, last = lastAnswerOn(socket)): void {
  // Reset by the client.
  if (error.code === 'ECONNRESET') return void socket.destroy();
  const [status, code, message] = reasonOf(error);
  const body = JSON.stringify(failure(code, message));
  const length = Buffer.byteLength(body);
  if (!last || last.req.complete) {
    const head = `Content-Type: ${JSON_TYPE}\r\nContent-Length: ${length}\r\nCache-Control: no-store\r\nConnection: close`;
    const text = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head}\r\n\r\n${body}`;
    afterAnswers(socket, () => socket.end(text));
    return;
  }
  // Once it is answered, Node forgets that somebody still waits for its body.
  socket.once('close', () => last.req.destroy(error));
  if (!last.headersSent) {
    const headers = { 'content-type': JSON_TYPE, 'content-length': length, connection: 'close' };
    last.writeHead(status, { ...headers, 'cache-control': 'no-store' }).end(body);
  } else {
    // Answered before its body came: nothing more can be said on this connection.
    afterAnswers(socket, () => socket.destroySoon());
  }
}

/** Calls `next` when all that was asked on a connection is answered; ends it instead when more is asked meanwhile. */
export function afterAnswers(socket: Socket, next: () => void): void {
  const last = lastAnswerOn(socket);
  const answered = () => (socket.writable && lastAnswerOn(socket) === last ? next() : socket.destroySoon());
  if (last && !last.writableFinished && !last.closed) last.once('close', answered);
  else answered();
}

/** With what the parser was at, where it is the parser's: bytes, which Fastify's types have otherwise. */
type ConnectionError = NodeJS.ErrnoException & { rawPacket?: unknown; bytesParsed?: number };

function reasonOf(error: ConnectionError): [number, WireErrorCode, string] {
  const { code } = error;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return [408, 'E-NET-TIMEOUT', 'The request took too long to arrive'];
  if (code === 'HPE_HEADER_OVERFLOW') return [431, 'E-VAL-INVALID', 'The request headers are too large'];
  if (code === BAD_HANDSHAKE) return [400, 'E-VAL-INVALID', error.message];
  if (code === NO_PROXY) return [405, 'E-VAL-INVALID', 'Method CONNECT is not allowed here'];
  if (code === 'HPE_INVALID_METHOD' && isRequestLine(error))
    return [405, 'E-VAL-INVALID', 'There is no such method here'];
  return [400, 'E-VAL-INVALID', 'The request is not HTTP'];
}

/** Is it HTTP but for a method that Node's parser doesn't know? A TLS hello on a plain port fails at the same place. */
function isRequestLine({ rawPacket, bytesParsed = 0 }: ConnectionError): boolean {
  const text = Buffer.isBuffer(rawPacket) ? rawPacket.toString('latin1') : '';
  const start = text.lastIndexOf('\n', bytesParsed) + 1;
  return /^[A-Za-z-]{1,32} \S{1,4096} HTTP\/1\.[01]\r\n/.test(text.slice(start));
}
