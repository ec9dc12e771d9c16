/** The errors of TLS handshakes. */
import { CloudilloError } from '../../protocol/errors.ts';
import { attemptFacts, attemptsNote, type Connection, leadingAttempt } from './connection.ts';
import { tlsVerdict } from './tls-verdict.ts';

/**
 * The error for a failed handshake: `tls.untrusted`, `tls.expired`, `tls.name` or `tls.handshake`, with the facts of the peer's
 * certificate.
 */
export function tlsError(
  error: unknown,
  nodeCode: string,
  host: string,
  connection: Connection | undefined,
): CloudilloError {
  const tls = leadingAttempt(connection)?.tls;
  const { code, message, hint, retryable } = tlsVerdict(nodeCode, tls);
  return new CloudilloError(code, `${host} ${message}${attemptsNote(connection)}`, {
    stage: 'tls',
    retryable,
    hint,
    details: {
      host,
      reason: nodeCode,
      ...attemptFacts(connection),
      ...(tls && { tls }),
    },
    cause: error,
  });
}
