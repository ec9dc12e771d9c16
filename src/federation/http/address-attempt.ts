/** What became of each address that a connection was tried to. */
import type { CodeOf } from '../../protocol/error-table.ts';
import type { Endpoint } from './network.ts';
import { networkFailure } from './network-failure.ts';
import type { TlsFacts } from './tls-facts.ts';
import { tlsVerdict } from './tls-verdict.ts';

/** One address that was tried, with the times (`performance.now()`) at which it got there. */
export interface AddressAttempt extends Endpoint {
  startedAt: number;
  connectedAt?: number;
  securedAt?: number;
  /** When it won, failed or was given up. */
  endedAt?: number;
  /** Shown there; present also when the certificate was refused. */
  tls?: TlsFacts;
  /** Its connection is the one that is used. */
  won?: true;
  /** Why it failed. Without it the attempt won, still waits, or was given up. */
  error?: unknown;
}

/** An attempt as people and programs are told of it. */
export interface AttemptReport extends Endpoint {
  /**
   * `pending`: it had not been answered when it was given up. `blocked`: it is no public address. `untried`: another one of the name
   * is blocked.
   */
  outcome: 'connected' | 'failed' | 'pending' | 'blocked' | 'untried';
  /** Why there is no connection: `network.refused`, `tls.expired`, … */
  code?: CodeOf<'network' | 'tls'>;
  /** The same for people. */
  reason?: string;
  /** This machine has no way to it, which says nothing of the address. */
  ours?: true;
  /** Milliseconds, with one decimal. */
  ms: number;
}

/** Tells of an attempt. */
export function attemptReport(attempt: AddressAttempt): AttemptReport {
  const { address, port, startedAt, endedAt = performance.now(), won, error } = attempt;
  const common = { address, port, ms: Math.max(0, Math.round((endedAt - startedAt) * 10) / 10) };
  if (won) return { ...common, outcome: 'connected' };
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

/** Least telling first. That there is no route says more of this machine than of the other one. */
const BY_WEIGHT: readonly string[] = ['network.unreachable', 'network.timeout', 'network.reset', 'network.refused'];

/** Of attempts without success the one that tells most: the one that got furthest, else one that was answered. */
export function mostTelling(attempts: readonly AddressAttempt[]): AddressAttempt | undefined {
  const weight = (attempt: AddressAttempt): number => {
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
