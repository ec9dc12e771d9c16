/** Asks each address of a host by itself: a request goes over whichever answers first, and hides the others. */
import { type AddressAttempt, type AttemptReport, attemptReport } from './address-attempt.ts';
import { connect } from './connect.ts';
import type { Network } from './network.ts';
import { endpointsOf } from './reachable-endpoints.ts';
import { createHostResolver } from './resolver.ts';
import { MIN_TLS_VERSION, secureFor } from './secure.ts';
import type { TlsFacts } from './tls-facts.ts';

/** What one address answered to a TLS handshake. */
export interface AddressProbe extends AttemptReport {
  /** null: it showed no certificate. */
  tls: TlsFacts | null;
}

const HTTPS_PORT = 443;

/**
 * Makes a TLS handshake with each address of a host, all at once. One that fails is part of the result.
 * @param timeout milliseconds, for each
 * @throws CloudilloError `dns.*`, `network.address-blocked`
 */
export async function probeAddresses(network: Network, host: string, timeout: number): Promise<AddressProbe[]> {
  const resolver = createHostResolver(network);
  const secure = secureFor(host, {
    minVersion: MIN_TLS_VERSION,
    ...(network.kind === 'sandbox' && { ca: network.ca }),
  });
  try {
    const endpoints = await endpointsOf(network, resolver, host, HTTPS_PORT);
    return await Promise.all(
      endpoints.map(async (endpoint) => {
        const attempts: AddressAttempt[] = [];
        const signals = [AbortSignal.timeout(timeout)];
        await connect([endpoint], { signals, attempts, secure }).then(
          (socket) => socket.destroy(),
          () => {
            // The attempt tells of it.
          },
        );
        return attempts.map((attempt) => ({ ...attemptReport(attempt), tls: attempt.tls ?? null }));
      }),
    ).then((lists) => lists.flat());
  } finally {
    resolver.close();
  }
}
