/** Tests each address of a host alone. A request uses the address that answers first, and hides the others. */
import { NOBODY, type Observer, observed } from '../../protocol/observer.ts';
import { type AddressAttempt, type AttemptReport, attemptReport } from './address-attempt.ts';
import { connect } from './connect.ts';
import { createHostResolver } from './host-resolver.ts';
import type { Network } from './network.ts';
import { endpointsOf } from './reachable-endpoints.ts';
import { HTTPS_PORT, secureFor, tlsOptionsOf } from './secure.ts';
import type { TlsFacts } from './tls-facts.ts';

/** The answer of one address to a TLS handshake. */
export interface AddressProbe extends AttemptReport {
  /** null: it showed no certificate. */
  tls: TlsFacts | null;
  /** The address took the connection, whatever the handshake came to. */
  taken: boolean;
  /** Node's code for its error: `CERT_HAS_EXPIRED`; null without an error. */
  nodeCode: string | null;
}

function nodeCodeOf(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : null;
}

/**
 * Makes a TLS handshake with each address of a host, all at once. A failure is part of the result.
 * @param timeout milliseconds, for each
 * @param observer gets a span, with the lookup and each address as parts
 * @throws CloudilloError `dns.*`, `network.address-blocked`
 */
export async function probeAddresses(
  network: Network,
  host: string,
  timeout: number,
  observer: Observer = NOBODY,
): Promise<AddressProbe[]> {
  const resolver = createHostResolver(network);
  const secure = secureFor(host, tlsOptionsOf(network));
  try {
    return await observed(observer, 'probe', async (span) => {
      span?.fact('server.address', host);
      span?.fact('server.port', HTTPS_PORT);
      const endpoints = await endpointsOf(network, resolver, host, HTTPS_PORT, span);
      const probes = endpoints.map(async (endpoint) => {
        const attempts: AddressAttempt[] = [];
        const signals = [AbortSignal.timeout(timeout)];
        await connect([endpoint], { signals, attempts, secure, span }).then(
          (socket) => socket.destroy(),
          () => {
            // The attempt has the error.
          },
        );
        return attempts.map(probeOf);
      });
      return (await Promise.all(probes)).flat();
    });
  } finally {
    resolver.close();
  }
}

function probeOf(attempt: AddressAttempt): AddressProbe {
  return {
    ...attemptReport(attempt),
    tls: attempt.tls ?? null,
    taken: attempt.connectedAt !== undefined,
    nodeCode: nodeCodeOf(attempt.error),
  };
}
