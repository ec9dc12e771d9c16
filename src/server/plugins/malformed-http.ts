/** Answers requests that aren't well-formed HTTP. */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { failure } from '../../protocol/envelope.ts';
import type { WireErrorCode } from '../../protocol/wire-error.ts';
import { isShakingHands } from '../http/new-connections.ts';
import { badRequest, notFound } from '../http/request-error.ts';
import { sendError } from './errors.ts';
import { lastAnswerOn, rememberAnswer } from './last-answer.ts';

const JSON_TYPE = 'application/json';
const NO_PROXY = 'CLOUDILLO_NO_PROXY';
/** The code of an error whose message may be sent. */
export const BAD_HANDSHAKE = 'CLOUDILLO_BAD_HANDSHAKE';

/** Answers what the router refuses before any hook runs: 400 for a path that can't be decoded, 404 for one that is too long. */
export function refuseUrl(error: { code?: string }, request: FastifyRequest, reply: FastifyReply): void {
  reply.header('x-request-id', request.id).header('x-content-type-options', 'nosniff');
  const tooLong = error.code === 'FST_ERR_MAX_PARAM_LENGTH';
  sendError(reply, tooLong ? notFound() : badRequest('The request path is malformed'));
}

/**
 * Answers the requests that Node would refuse with an empty body or without an answer. Peers read the body of an answer. Call
 * `rememberAnswers` first.
 */
export function refuseOddRequests({ server }: FastifyInstance): void {
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    rememberAnswer(request, response);
    const body = JSON.stringify(failure('E-VAL-INVALID', 'The only expectation that is met here is 100-continue'));
    // The bytes after the header were not asked for, and aren't read.
    const headers = { 'content-type': JSON_TYPE, 'content-length': Buffer.byteLength(body), connection: 'close' };
    response.writeHead(417, { ...headers, 'cache-control': 'no-store' }).end(body);
  });
  server.on('connect', (_request: IncomingMessage, socket: Socket) => {
    socket.on('error', () => socket.destroy());
    refuseConnection(Object.assign(new Error('No proxy'), { code: NO_PROXY }), socket);
  });
}

/**
 * Answers bytes that aren't HTTP, or that arrive too slowly. A request with a sound head is answered like any other. Without one
 * the answer is written to the socket as it is, after the answers to earlier requests.
 * @param last the answer to the last request on this connection
 */
export function refuseConnection(error: ConnectionError, socket: Socket, last = lastAnswerOn(socket)): void {
  // The client reset the connection, or its handshake failed: nothing can be written.
  if (error.code === 'ECONNRESET' || isShakingHands(socket)) return void socket.destroy();
  const [status, code, message] = reasonOf(error);
  const body = JSON.stringify(failure(code, message));
  const length = Buffer.byteLength(body);
  if (!last || last.req.complete) {
    const head = `Content-Type: ${JSON_TYPE}\r\nContent-Length: ${length}\r\nCache-Control: no-store\r\nConnection: close`;
    const text = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head}\r\n\r\n${body}`;
    afterAnswers(socket, () => socket.end(text));
    return;
  }
  // Once the request is answered, Node forgets that its body is still being read.
  socket.once('close', () => last.req.destroy(error));
  if (!last.headersSent) {
    const headers = { 'content-type': JSON_TYPE, 'content-length': length, connection: 'close' };
    last.writeHead(status, { ...headers, 'cache-control': 'no-store' }).end(body);
  } else {
    // It was answered before its body came. Nothing more can be sent on this connection.
    afterAnswers(socket, () => socket.destroySoon());
  }
}

/** Calls `next` when all requests on a connection are answered. When another request arrives first, it ends the connection. */
export function afterAnswers(socket: Socket, next: () => void): void {
  const last = lastAnswerOn(socket);
  const answered = () => (socket.writable && lastAnswerOn(socket) === last ? next() : socket.destroySoon());
  if (last && !last.writableFinished && !last.closed) last.once('close', answered);
  else answered();
}

/** An error of the parser also has the bytes that it was reading. Fastify's types have another shape for them. */
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

/**
 * Whether the bytes are HTTP with a method that Node's parser doesn't know. A TLS hello on a plain port fails in the same way.
 */
function isRequestLine({ rawPacket, bytesParsed = 0 }: ConnectionError): boolean {
  const text = Buffer.isBuffer(rawPacket) ? rawPacket.toString('latin1') : '';
  const start = text.lastIndexOf('\n', bytesParsed) + 1;
  return /^[A-Za-z-]{1,32} \S{1,4096} HTTP\/1\.[01]\r\n/.test(text.slice(start));
}
