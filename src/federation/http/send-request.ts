/** Sends one HTTP request and reads its answer. */
import type { ClientRequest } from 'node:http';
import { Readable } from 'node:stream';
import type { Response } from 'node-fetch';
import { CloudilloError } from '../../protocol/errors.ts';
import type { GuardedAgent } from './agents.ts';
import { answeredBy } from './answered-by.ts';
import { type AttemptWatch, type Observed, UNOBSERVED, watchAttempt } from './attempt-watch.ts';
import { type BodySink, readBody, readStart, tooLarge } from './body.ts';
import { type Connection, connectionOf, leadingAttempt } from './connection.ts';
import { type Deadline, type Limits, startDeadline } from './deadline.ts';
import { decodeBody, type Received } from './decode-body.ts';
import type { HttpMethod } from './http-method.ts';
import { peerError } from './peer-error.ts';
import { type PeerResponse, parseJson } from './peer-response.ts';
import { redirectHint } from './redirect-hint.ts';
import { requestIdOf } from './request-id.ts';
import { parseRetryAfter } from './retry-after.ts';
import { excerpt } from './text-excerpt.ts';
import { timingsOf } from './timings.ts';
import { type TransportContext, timeoutError, transportError } from './transport-error.ts';

/** A request that is ready to be sent. Times are milliseconds. */
export interface PreparedRequest extends Limits {
  method: HttpMethod;
  url: URL;
  headers: Record<string, string>;
  body?: string | Uint8Array | undefined;
  maxBytes: number;
  sink?: BodySink | undefined;
  /** Statuses that are no error. Default: any 2xx. */
  expect?: readonly number[] | undefined;
  /** An ETag was sent, so 304 is an answer and not an error. */
  conditional: boolean;
  /** The limit of the whole call, for messages. `timeout` is the rest after earlier attempts. */
  callTimeout: number;
  /** Makes the texts that are removed from a peer's answer before it is shown. Few answers are. */
  secrets: () => readonly string[];
}

/** The most bytes of an error's body that are read. */
const ERROR_BODY_BYTES = 64 * 1024;

/** The state of a request while it runs. */
interface Attempt {
  startedAt: number;
  /** null: nobody observes. */
  watch: AttemptWatch | null;
  request?: ClientRequest;
  connection?: Connection;
  /** The error as Node raised it. node-fetch drops its cause and its properties. */
  error?: unknown;
  /** How many bytes of the body have arrived. */
  received?: Received;
  /** The error of the caller's sink. It isn't the peer's fault, and is thrown as it is. */
  sinkFailure?: { error: unknown };
}

/**
 * Sends one request once and reads the answer to its end.
 *
 * @param now unix milliseconds, for `Retry-After` as a date
 * @param observed `span` gets a part for the attempt; `resend` counts the attempts before it
 * @throws CloudilloError `dns.*`, `network.*`, `tls.*`, `peer.*`
 */
export async function sendRequest(
  agent: GuardedAgent,
  spec: PreparedRequest,
  now: number,
  observed: Observed = UNOBSERVED,
): Promise<Omit<PeerResponse, 'attempts'>> {
  const { default: fetch } = await import('node-fetch');
  const watch = watchAttempt(observed, spec, agent.network);
  const attempt: Attempt = { startedAt: performance.now(), watch };
  const deadline = startDeadline(spec);
  try {
    const response = await fetch(spec.url, {
      method: spec.method,
      headers: watch ? { ...spec.headers, traceparent: watch.traceparent } : spec.headers,
      redirect: 'manual',
      compress: false,
      signal: deadline.signal,
      agent: agent.for({
        onRequest: (request) => follow(attempt, request),
        onConnection: (connection) => {
          attempt.connection = connection;
        },
        signal: deadline.signal,
        span: watch?.span ?? null,
      }),
      ...(spec.body !== undefined && { body: typeof spec.body === 'string' ? spec.body : Buffer.from(spec.body) }),
    });
    const answer = await receive(response, spec, attempt, deadline, now);
    watch?.end(answer.body.length);
    return answer;
  } catch (error) {
    // Also when the body was too large: the rest isn't wanted.
    attempt.request?.destroy();
    const reason = failure(error, spec, attempt, deadline);
    watch?.fail(reason);
    throw reason;
  } finally {
    deadline.clear();
  }
}

function follow(attempt: Attempt, request: ClientRequest): void {
  attempt.request = request;
  request.once('socket', (socket) => {
    const connection = connectionOf(socket);
    if (connection) attempt.connection = connection;
    attempt.watch?.connected(leadingAttempt(connection), request.reusedSocket);
  });
  request.once('response', ({ headers, statusCode, httpVersion }) => {
    attempt.watch?.answered(statusCode ?? 0, httpVersion);
    // Node itself reports a chunked body that breaks off. node-fetch looks for the end in the packets, and misses an end with
    // trailers, or in two packets, while it still unpacks earlier bytes.
    delete headers['transfer-encoding'];
  });
  request.on('error', (error) => {
    attempt.error ??= error;
  });
}

async function receive(
  response: Response,
  spec: PreparedRequest,
  attempt: Attempt,
  deadline: Deadline,
  now: number,
): Promise<Omit<PeerResponse, 'attempts'>> {
  const headersAt = performance.now();
  const { status } = response;
  const host = spec.url.hostname;
  if (status >= 300 && status < 400 && !(status === 304 && spec.conditional)) throw redirect(response, spec);
  if (!isExpected(status, spec)) {
    const text = (await readStart(bodyOf(response, host, attempt), ERROR_BODY_BYTES)).toString('utf8');
    attempt.request?.destroy();
    throw peerError({
      host,
      method: spec.method,
      path: spec.url.pathname,
      status,
      text,
      retryAfter: parseRetryAfter(response.headers.get('retry-after'), now),
      date: response.headers.get('date'),
      by: programOf(response, spec),
      requestId: requestIdOf(response.headers.get('x-request-id')),
      now,
      secrets: spec.secrets(),
    });
  }
  // An answer to HEAD has the length of what isn't sent.
  const length = spec.method === 'HEAD' ? 0 : Number(response.headers.get('content-length') ?? 0);
  if (length > spec.maxBytes) throw tooLarge(host, spec.maxBytes);
  const leading = leadingAttempt(attempt.connection);
  const { maxBytes } = spec;
  const sink = spec.sink && guardSink(spec.sink, attempt);
  const stream = bodyOf(response, host, attempt);
  const body = await readBody(stream, { host, maxBytes, sink, progress: deadline.progress });
  return {
    url: spec.url.origin + spec.url.pathname,
    status,
    headers: Object.fromEntries(response.headers),
    body,
    timings: timingsOf({
      startedAt: attempt.startedAt,
      headersAt,
      endedAt: performance.now(),
      connection: attempt.connection,
      reused: isReused(attempt),
    }),
    ...(leading?.tls && { tls: leading.tls }),
    ...(leading && { remoteAddress: leading.address }),
    json: () =>
      parseJson(body, { host, path: spec.url.pathname, by: programOf(response, spec), secrets: spec.secrets() }),
  };
}

function guardSink(sink: BodySink, attempt: Attempt): BodySink {
  return async (chunk) => {
    try {
      await sink(chunk);
    } catch (error) {
      attempt.sinkFailure = { error };
      throw error;
    }
  };
}

function isExpected(status: number, { expect, conditional }: PreparedRequest): boolean {
  if (status === 304) return conditional;
  return expect ? expect.includes(status) : status >= 200 && status < 300;
}

/** The decoded body. The attempt counts its bytes. */
function bodyOf({ body, headers, status }: Response, host: string, attempt: Attempt): AsyncIterable<Buffer> {
  const length = headers.get('content-length');
  const received: Received = { bytes: 0, expected: /^\d+$/.test(length ?? '') ? Number(length) : null };
  attempt.received = received;
  // RFC 9110, section 15.4.5: the headers of a 304 describe a body that isn't sent.
  const coding = status === 304 ? null : headers.get('content-encoding');
  return decodeBody((body as AsyncIterable<unknown> | null) ?? Readable.from([]), { host, coding, received });
}

function programOf({ headers }: Response, { secrets }: PreparedRequest): string | undefined {
  return answeredBy((name) => headers.get(name), secrets());
}

/** The error for a redirect, which would lead past the checks of the URL (specification: Requests). */
function redirect(response: Response, spec: PreparedRequest): CloudilloError {
  const { url } = spec;
  const by = programOf(response, spec);
  const location = excerpt((response.headers.get('location') ?? '').replace(/[?#].*$/s, ''), spec.secrets());
  return new CloudilloError(
    'network.redirect',
    `${url.hostname} answered ${response.status}, a redirect${location && ` to ${location}`}, which is not followed`,
    {
      stage: 'response',
      hint: redirectHint(url, location),
      details: {
        host: url.hostname,
        path: url.pathname,
        status: response.status,
        ...(location && { location }),
        ...(by !== undefined && { answeredBy: by }),
      },
    },
  );
}

function failure(error: unknown, spec: PreparedRequest, attempt: Attempt, deadline: Deadline): unknown {
  if (attempt.sinkFailure) return attempt.sinkFailure.error;
  const host = spec.url.hostname;
  const context: TransportContext = {
    host,
    target: `${spec.method} ${spec.url.pathname}`,
    connection: attempt.connection,
    reused: isReused(attempt),
    sent: spec.body === undefined ? 0 : Buffer.byteLength(spec.body),
    ...(attempt.received && { received: attempt.received }),
  };
  if (error instanceof CloudilloError) return error;
  if (deadline.expiry === 'aborted') {
    return new CloudilloError('network.aborted', `The request to ${host} was given up`, { stage: 'request' });
  }
  if (deadline.expiry) {
    return timeoutError(context, deadline.expiry === 'idle' ? (spec.idleTimeout ?? spec.timeout) : spec.callTimeout);
  }
  return transportError(attempt.error ?? error, context);
}

function isReused({ request }: Attempt): boolean {
  return request?.reusedSocket ?? false;
}
