/** The note about a proxy after a negative answer. */
import { concernsConnections, unusedProxy } from '../process/unused-proxy.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';

/** The exit codes of connections that failed. */
const OF_CONNECTIONS: ReadonlySet<ExitCode> = new Set([EXIT.network, EXIT.dns, EXIT.tls]);

/**
 * Says that a proxy is set and not used, when connections failed.
 * @param errors the codes of the errors that the answer is about, where the exit code alone doesn't tell
 * @returns at most one line
 */
export function proxyNote(code: ExitCode, errors: Iterable<string>): string[] {
  const failedToConnect = OF_CONNECTIONS.has(code) || [...errors].some(concernsConnections);
  const proxy = failedToConnect ? unusedProxy() : null;
  return proxy === null ? [] : [`note: ${proxy}`];
}
