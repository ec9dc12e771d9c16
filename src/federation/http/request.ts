/** The request module: HTTP calls to other instances (specification: Request module). */
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudilloError } from '../../protocol/errors.ts';
import { NOBODY, type Observer, observed, type Span } from '../../protocol/observer.ts';
import { GuardedAgent } from './agents.ts';
import type { BodySink } from './body.ts';
import { ACCEPTED_CODINGS } from './decode-body.ts';
import { createHostResolver } from './host-resolver.ts';
import { type HttpMethod, hasBody, isSafe } from './http-method.ts';
import type { Endpoint, Network } from './network.ts';
import type { PeerResponse } from './peer-response.ts';
import { requestSecrets } from './request-secrets.ts';
import { parseRequestUrl } from './request-url.ts';
import { DEFAULT_RETRY_POLICY, NO_RETRY, type RetryPolicy, retryDelay } from './retry-policy.ts';
import { type PreparedRequest, sendRequest } from './send-request.ts';

/** The options of a call. Times are milliseconds, sizes bytes. */
export interface RequestOptions {
  headers?: Record<string, string>;
  /** The access token, sent as `Authorization: Bearer`. */
  bearer?: string;
  /** The ETag of a stored answer, sent as `If-None-Match`. The answer may then be a 304 without a body. */
  etag?: string;
  /** The limit of the whole call: name, connection, answer, body, retries. Default: the requester's. */
  timeout?: number;
  /** The limit of each wait for more of the body. Default: none but `timeout`. */
  idleTimeout?: number;
  /** Bytes a second. Each byte of the body extends `timeout` by its share. Default: not extended. */
  minRate?: number;
  /** The most bytes of the body after decompression; default 1 MiB. */
  maxBytes?: number;
  /** Receives the body chunk by chunk. After the first chunk the call isn't retried. */
  sink?: BodySink;
  /** `null`: no retry. Default: the requester's policy for calls that may be repeated (GET, `idempotent` POST), else none. */
  retryPolicy?: RetryPolicy | null;
  /** This POST may be sent twice without harm. */
  idempotent?: boolean;
  signal?: AbortSignal;
  /** Statuses that are no error. Default: any 2xx. Redirects are always refused. */
  expect?: readonly number[];
}

/** HTTP calls to other instances: https only, to allowed addresses only, limited in time and size. */
export interface Requester {
  /** Sends a GET. @throws CloudilloError `usage.url`, `dns.*`, `network.*`, `tls.*`, `peer.refused`, `peer.error` */
  get(url: string, options?: RequestOptions): Promise<PeerResponse>;
  /** Sends a POST with `body` as JSON; a `Uint8Array` is sent as it is. It throws as {@link Requester.get}. */
  post(url: string, body: unknown, options?: RequestOptions): Promise<PeerResponse>;
  /** Sends a request of any method. A body as for {@link Requester.post}; undefined: none. Throws as {@link Requester.get}. */
  send(method: HttpMethod, url: string, body: unknown, options?: RequestOptions): Promise<PeerResponse>;
  /** The default `timeout`, milliseconds. */
  readonly timeout: number;
  /** Closes idle connections and ends current calls (`network.aborted`). */
  close(): void;
}

/** The parts of a requester. */
export interface RequesterOptions {
  network: Network;
  /** The limit of a whole call, milliseconds; default 10,000. */
  timeout?: number;
  retryPolicy?: RetryPolicy;
  /** The wall clock, unix milliseconds. */
  clock?: () => number;
  /** Random numbers in [0, 1), for the jitter. */
  random?: () => number;
  userAgent?: string;
  /** Receives a span for each call, with its attempts and their stages. */
  observer?: Observer;
  /** The one endpoint of a host that is connected to, whichever others it has. */
  only?: Endpoint;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_MAX_BYTES = 1024 * 1024;

interface Config extends Required<Omit<RequesterOptions, 'network' | 'only'>> {
  agent: GuardedAgent;
  /** Aborted by `close()`. */
  closing: AbortSignal;
}

/** Makes the request module of a network. It owns the connections. */
export function createRequester(options: RequesterOptions): Requester {
  const resolver = createHostResolver(options.network);
  const agent = new GuardedAgent(options.network, resolver, { only: options.only });
  const closing = new AbortController();
  const config: Config = {
    timeout: DEFAULT_TIMEOUT_MS,
    retryPolicy: DEFAULT_RETRY_POLICY,
    clock: Date.now,
    random: Math.random,
    userAgent: 'cloudillo',
    observer: NOBODY,
    ...options,
    agent,
    closing: closing.signal,
  };
  return {
    get: (url, options = {}) => call(config, 'GET', url, undefined, options),
    post: (url, body, options = {}) => call(config, 'POST', url, body ?? null, options),
    send: (method, url, body, options = {}) => call(config, method, url, body, options),
    timeout: config.timeout,
    close: () => {
      closing.abort();
      agent.destroy();
      resolver.close();
    },
  };
}

function call(
  config: Config,
  method: HttpMethod,
  url: string,
  body: unknown,
  options: RequestOptions,
): Promise<PeerResponse> {
  return observed(config.observer, 'request', async (span) => {
    span?.fact('http.request.method', method);
    const response = await callObserved(config, span, method, url, body, options);
    span?.fact('http.response.status_code', response.status);
    return response;
  });
}

async function callObserved(
  config: Config,
  span: Span | null,
  method: HttpMethod,
  url: string,
  body: unknown,
  options: RequestOptions,
): Promise<PeerResponse> {
  let delivered = false;
  const { sink } = options;
  const spec = preparedRequest(config, method, parseRequestUrl(url), body, {
    ...options,
    ...(sink && {
      sink: (chunk: Uint8Array) => {
        delivered = true;
        return sink(chunk);
      },
    }),
  });
  // Without the query, which may hold secrets.
  span?.fact('server.address', spec.url.hostname);
  span?.fact('url.path', spec.url.pathname);
  const repeatable = isSafe(method) || options.idempotent === true;
  const policy = policyOf(config, options, repeatable);
  const endsAt = performance.now() + spec.timeout;
  let staleRetry = repeatable;
  for (let attempt = 1, calls = 1; ; calls++) {
    try {
      const timeout = Math.max(1, endsAt - performance.now());
      return {
        ...(await sendRequest(config.agent, { ...spec, timeout }, config.clock(), { span, resend: calls - 1 })),
        attempts: calls,
      };
    } catch (error) {
      if (delivered) throw error;
      if (staleRetry && isStaleConnection(error)) {
        // The peer closed an idle connection just as it was used. That is no failure of the peer, and doesn't count as an
        // attempt.
        staleRetry = false;
        continue;
      }
      const pause = retryDelay(policy, attempt, error, config.random());
      if (pause === null || performance.now() + pause >= endsAt) throw error;
      const waiting = span?.begin('pause');
      await wait(pause, spec);
      waiting?.end();
      attempt++;
    }
  }
}

function policyOf(config: Config, { retryPolicy }: RequestOptions, repeatable: boolean): RetryPolicy {
  if (retryPolicy === null) return NO_RETRY;
  return retryPolicy ?? (repeatable ? config.retryPolicy : NO_RETRY);
}

function preparedRequest(
  config: Config,
  method: HttpMethod,
  url: URL,
  body: unknown,
  options: RequestOptions,
): PreparedRequest {
  const sent = body === undefined && hasBody(method) ? new Uint8Array() : body;
  const raw = sent instanceof Uint8Array;
  const timeout = options.timeout ?? config.timeout;
  const text = sent === undefined || raw ? (sent as Uint8Array | undefined) : JSON.stringify(sent);
  return {
    method,
    url,
    headers: {
      'User-Agent': config.userAgent,
      ...(sent !== undefined && { 'Content-Type': raw ? 'application/octet-stream' : 'application/json' }),
      ...(options.bearer !== undefined && { Authorization: `Bearer ${options.bearer}` }),
      ...(options.etag !== undefined && { 'If-None-Match': options.etag }),
      // Compressing files saves little, and their sizes would no longer be those of the bytes on the wire.
      'Accept-Encoding': options.sink ? 'identity' : ACCEPTED_CODINGS,
      ...options.headers,
    },
    ...(text !== undefined && { body: text }),
    timeout,
    callTimeout: timeout,
    idleTimeout: options.idleTimeout,
    minRate: options.minRate,
    maxBytes: options.maxBytes ?? DEFAULT_MAX_BYTES,
    sink: options.sink,
    signals: options.signal ? [config.closing, options.signal] : [config.closing],
    expect: options.expect,
    conditional: options.etag !== undefined || hasHeader(options.headers, 'if-none-match'),
    secrets: () => requestSecrets({ url, headers: options.headers ?? {}, bearer: options.bearer, body: text }),
  };
}

function hasHeader(headers: Record<string, string> | undefined, name: string): boolean {
  return Object.keys(headers ?? {}).some((key) => key.toLowerCase() === name);
}

function isStaleConnection(error: unknown): boolean {
  return (
    error instanceof CloudilloError && error.code === 'network.reset' && error.details?.['reusedConnection'] === true
  );
}

async function wait(pause: number, { signals = [], url }: PreparedRequest): Promise<void> {
  try {
    await sleep(pause, undefined, { signal: AbortSignal.any([...signals]) });
  } catch (cause) {
    throw new CloudilloError('network.aborted', `The request to ${url.hostname} was given up`, {
      stage: 'request',
      cause,
    });
  }
}
