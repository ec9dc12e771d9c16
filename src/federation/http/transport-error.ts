/** Converts errors below HTTP. */
import { CloudilloError } from '../../protocol/errors.ts';
import type { Stage } from '../../protocol/refusal.ts';
import { attemptFacts, attemptsNote, type Connection, leadingAttempt } from './connection.ts';
import { type Received, receivedText } from './decode-body.ts';
import { type NetworkFailure, networkFailure } from './network-failure.ts';
import { tlsError } from './tls-error.ts';

/** The facts of a request that failed below HTTP. */
export interface TransportContext {
  host: string;
  /** The method and the path, never with a query. */
  target: string;
  connection: Connection | undefined;
  /** An idle connection was used. The peer may have closed it at the same moment. */
  reused: boolean;
  /** The bytes of the body that was to be sent. Default: 0. */
  sent?: number;
  /** How many bytes of the body arrived; undefined: no headers arrived. */
  received?: Received;
}

/** The stage of a connection at the time of an error. */
function stageOf(connection: Connection | undefined): Stage {
  // It waits for another request at the same host to end.
  if (!connection) return 'request';
  const leading = leadingAttempt(connection);
  if (leading?.securedAt !== undefined) return 'response';
  if (leading?.connectedAt !== undefined) return 'tls';
  return connection.resolvedAt === undefined ? 'dns' : 'connect';
}

/** Converts any error of node-fetch, `node:https` or `node:zlib` to one of `dns.*`, `network.*`, `tls.*`, `peer.invalid`. */
export function transportError(error: unknown, context: TransportContext): CloudilloError {
  if (error instanceof CloudilloError) return error;
  const { host, connection } = context;
  const stage = stageOf(connection);
  const code = errorCode(error);
  if (code === 'ERR_INVALID_CHAR' || code === 'ERR_INVALID_HTTP_TOKEN') {
    // It is thrown before anything is sent. The message names the header, not its value.
    return new CloudilloError('usage.header', 'A header of the request has a character that no header may have', {
      stage: 'input',
      cause: withoutUrl(error),
    });
  }
  if (stage === 'tls' || isTlsCode(code)) return tlsError(error, code, host, connection);
  if (code.startsWith('Z_') || code.startsWith('ERR_BROTLI') || code.startsWith('ERR_PADDING')) {
    return new CloudilloError('peer.invalid', `${host} sent an answer that cannot be decompressed`, {
      stage: 'response',
      details: details(context),
      cause: error,
    });
  }
  const { received } = context;
  const failure = (received ? cutOff(networkFailure(code), received) : networkFailure(code)) ?? {
    code: 'network.protocol',
    message: 'did not answer in proper HTTP',
    hint: 'Is it a web server?',
  };
  return new CloudilloError(failure.code, `${host} ${failure.message}${attemptsNote(connection)}`, {
    stage: stage === 'response' && failure.code === 'network.refused' ? 'connect' : stage,
    hint: failure.hint,
    details: details(context),
    cause: withoutUrl(error),
  });
}

/** The failure of a connection that was closed after the headers. */
function cutOff(failure: NetworkFailure | undefined, received: Received): NetworkFailure | undefined {
  if (failure?.code !== 'network.reset') return failure;
  const message = `closed the connection in the middle of its answer: ${receivedText(received)}`;
  return { ...failure, message, hint: 'Try again.' };
}

/** The error for a call that exceeded its time limit. */
export function timeoutError(context: TransportContext, timeout: number): CloudilloError {
  const stage = stageOf(context.connection);
  const doing = {
    request: 'it waited for a free connection',
    dns: 'its name was not resolved',
    connect: 'it took no connection',
    tls: 'the TLS handshake did not end',
    response: context.received
      ? `it did not finish its answer (${receivedText(context.received)})`
      : unanswered(context),
  }[stage as 'request' | 'dns' | 'connect' | 'tls' | 'response'];
  return new CloudilloError(
    stage === 'dns' ? 'dns.timeout' : 'network.timeout',
    `${context.host} timed out: ${doing} within ${Math.round(timeout)} ms${attemptsNote(context.connection)}`,
    {
      stage,
      hint: hintOf(stage, context),
      details: { ...details(context), timeout: Math.round(timeout) },
    },
  );
}

function unanswered({ sent = 0, reused }: TransportContext): string {
  const size = sent > 0 ? ` after ${sent} bytes were sent` : '';
  return `it did not begin its answer${size}${reused ? ' on a connection that was kept open' : ''}`;
}

function hintOf(stage: Stage, { reused, received, sent = 0 }: TransportContext): string {
  const limit = 'The limit is the setting "request.timeout".';
  if (stage !== 'response' || received) return `Is it up, and does a firewall let the port through? ${limit}`;
  if (reused) return `A router or firewall (NAT) between may have forgotten the idle connection: try again. ${limit}`;
  if (sent > ONE_PACKET) return `If short requests are answered, large packets are dropped on the way (MTU). ${limit}`;
  return `Is it up, and does it have too much to do? ${limit}`;
}

/** Bytes of a body that surely fit in one packet. */
const ONE_PACKET = 1_000;

function details({ host, target, connection, reused, received }: TransportContext): Record<string, unknown> {
  return {
    host,
    request: target,
    ...attemptFacts(connection),
    ...(reused && { reusedConnection: true }),
    ...(received && { received: received.bytes, expected: received.expected }),
  };
}

function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

function isTlsCode(code: string): boolean {
  return /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|INVALID_CA|EPROTO)/.test(code);
}

/** node-fetch puts the whole URL into its messages, with a query that may hold a token. */
function withoutUrl(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'FetchError') return error;
  const reason = /reason: (.*)$/s.exec(error.message)?.[1] ?? 'the request failed';
  return new Error(reason.replace(/https?:\/\/\S+/g, '<URL>'));
}
