/** The attempts to connect to the addresses of a host, and their outcomes. */
import type { CodeOf } from '../../protocol/error-table.ts';
import type { Endpoint } from './network.ts';
import { networkFailure } from './network-failure.ts';
import type { TlsFacts } from './tls-facts.ts';
import { tlsVerdict } from './tls-verdict.ts';

/** An attempt to connect to one address. Times are of `performance.now()`. */
export interface AddressAttempt extends Endpoint {
  startedAt: number;
  connectedAt?: number;
  securedAt?: number;
  /** When it succeeded, failed or was given up. */
  endedAt?: number;
  /** The facts of its TLS handshake, also when the certificate was refused. */
  tls?: TlsFacts;
  /** Its connection is used. */
  won?: true;
  /** The time was over before its turn. */
  untried?: true;
  /** Its error. Without one the attempt succeeded, still waits, or was given up. */
  error?: unknown;
}

/** An attempt in the form for people and programs. */
export interface AttemptReport extends Endpoint {
  /**
   * `pending`: it had no answer when it was given up. `blocked`: the address is not public. `untried`: another address of the
   * name is blocked, or the time was over before its turn.
   */
  outcome: 'connected' | 'failed' | 'pending' | 'blocked' | 'untried';
  /** The code of its error: `network.refused`, `tls.expired`, … */
  code?: CodeOf<'network' | 'tls'>;
  /** Its error in words. */
  reason?: string;
  /** This machine has no route to the address, which says nothing about the address. */
  ours?: true;
  /** Milliseconds, with one decimal. */
  ms: number;
}

/** The attempt at an address whose turn never came. */
export function untried(endpoint: Endpoint): AddressAttempt {
  const now = performance.now();
  return { ...endpoint, startedAt: now, endedAt: now, untried: true };
}

/** Makes the report of an attempt. */
export function attemptReport(attempt: AddressAttempt): AttemptReport {
  const { address, port, startedAt, endedAt = performance.now(), won, error } = attempt;
  const common = { address, port, ms: Math.max(0, Math.round((endedAt - startedAt) * 10) / 10) };
  if (won) return { ...common, outcome: 'connected' };
  if (attempt.untried) return { ...common, outcome: 'untried', reason: 'was not tried in time' };
  if (error === undefined) {
    const reason = attempt.connectedAt === undefined ? 'did not answer' : 'did not end the TLS handshake';
    return { ...common, outcome: 'pending', code: 'network.timeout', reason };
  }
  const { code, message, ours } = failureOf(attempt);
  return { ...common, outcome: 'failed', code, reason: message, ...(ours && { ours }) };
}

/** Several attempts in one line: `127.0.0.1 refused the connection, ::1 did not answer`. */
export function attemptsText(attempts: readonly AddressAttempt[]): string {
  return attempts
    .map(attemptReport)
    .map(({ address, reason = 'is connected' }) => `${address} ${reason}`)
    .join(', ');
}

/** Error codes, the least telling first. A missing route says more about this machine than about the host. */
const BY_WEIGHT: readonly string[] = [
  'network.local',
  'network.descriptors',
  'network.unreachable',
  'network.timeout',
  'network.reset',
  'network.refused',
];

/** Less than that of any code. */
const LEAST = -2;

/** The most telling of attempts without success: the one that got furthest, else one that was answered. */
export function mostTelling(attempts: readonly AddressAttempt[]): AddressAttempt | undefined {
  const weight = (attempt: AddressAttempt): number => {
    if (attempt.untried) return LEAST;
    if (attempt.connectedAt !== undefined) return BY_WEIGHT.length + (attempt.error === undefined ? 0 : 1);
    return BY_WEIGHT.indexOf(attempt.error === undefined ? 'network.timeout' : failureOf(attempt).code);
  };
  return attempts.toSorted((a, b) => weight(b) - weight(a))[0];
}

interface Failure {
  code: CodeOf<'network' | 'tls'>;
  message: string;
  ours?: boolean;
}

function failureOf({ error, connectedAt, tls }: AddressAttempt): Failure {
  const nodeCode = (error as { code?: unknown } | null)?.code;
  const code = typeof nodeCode === 'string' ? nodeCode : '';
  if (connectedAt !== undefined) return tlsVerdict(code, tls);
  return networkFailure(code) ?? { code: 'network.unreachable', message: 'cannot be reached' };
}
