/** Tells a span of one attempt of a request: where it went, the wait for the answer, its body. */
import { isIP } from 'node:net';
import type { Span } from '../../protocol/observer.ts';
import { describeRequest } from './describe-request.ts';
import type { Endpoint, Network } from './network.ts';
import type { PreparedRequest } from './send-request.ts';

/** Who observes an attempt. */
export interface Observed {
  /** The call's span; null: nobody observes. */
  span: Span | null;
  /** How many attempts were made before. */
  resend: number;
}

/** Nobody observes. */
export const UNOBSERVED: Observed = { span: null, resend: 0 };

/** What happens to an attempt. */
export interface AttemptWatch {
  readonly span: Span;
  /** Goes out with the request (W3C Trace Context). */
  readonly traceparent: string;
  /** The request has a connection, and is sent. */
  connected(peer: Endpoint | undefined, reused: boolean): void;
  /** The headers of the answer have arrived. */
  answered(status: number, httpVersion: string): void;
  /** The whole answer has arrived. @param bytes of the body that was kept */
  end(bytes: number): void;
  fail(error: unknown): void;
}

/** Watches an attempt, which begins now. @returns null when nobody observes */
export function watchAttempt(
  { span: call, resend }: Observed,
  spec: PreparedRequest,
  network: Network,
): AttemptWatch | null {
  if (!call) return null;
  const { method, url } = spec;
  const span = call.begin(method, undefined, {
    kind: 'client',
    facts: {
      'http.request.method': method,
      // Without the query, which may hold secrets.
      'url.full': url.origin + url.pathname,
      'server.address': url.hostname,
      'server.port': url.port === '' ? 443 : Number(url.port),
      ...(spec.body !== undefined && { 'http.request.body.size': Buffer.byteLength(spec.body) }),
      ...(resend > 0 && { 'http.request.resend_count': resend }),
    },
  });
  span.sent(() => describeRequest(spec, network));
  let stage: Span | null = null;
  const next = (name: string | null): void => {
    stage?.end();
    stage = name === null ? null : span.begin(name);
  };
  return {
    span,
    traceparent: span.traceparent,
    connected(peer, reused) {
      span.fact('cloudillo.connection.reused', reused);
      if (peer) {
        span.fact('network.peer.address', peer.address);
        span.fact('network.peer.port', peer.port);
        span.fact('network.type', isIP(peer.address) === 6 ? 'ipv6' : 'ipv4');
      }
      next('answer');
    },
    answered(status, httpVersion) {
      span.fact('http.response.status_code', status);
      span.fact('network.protocol.version', httpVersion);
      next('body');
    },
    end(bytes) {
      span.fact('http.response.body.size', bytes);
      next(null);
      span.end();
    },
    fail(error) {
      stage?.end(error);
      span.end(error);
    },
  };
}
