/** TLS over an open connection. */
import { isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect, rootCertificates, type TLSSocket } from 'node:tls';
import type { Network } from './network.ts';

/** The port of HTTPS. */
export const HTTPS_PORT = 443;

/** The lowest version of TLS. Every instance has it. */
export const MIN_TLS_VERSION = 'TLSv1.2';

/** Which versions and authorities every connection accepts. In a sandbox its own authority only. */
export function tlsOptionsOf(network: Network): Pick<ConnectionOptions, 'ca' | 'minVersion'> {
  const own = network.kind === 'public' && network.ca !== undefined && { ca: [...rootCertificates, network.ca] };
  return { minVersion: MIN_TLS_VERSION, ...(network.kind === 'sandbox' && { ca: network.ca }), ...own };
}

/**
 * Makes a function that begins handshakes with a host, for `connect`. The certificate has to be for the host.
 * @param host a name in ASCII, or an address without brackets
 */
export function secureFor(
  host: string,
  options: Pick<ConnectionOptions, 'ca' | 'minVersion'>,
): (socket: Socket) => TLSSocket {
  return (socket) =>
    connect({
      socket,
      host,
      // RFC 6066, section 3: an address is no server name.
      ...(isIP(host) === 0 && { servername: host }),
      ALPNProtocols: ['http/1.1'],
      ...options,
    });
}
