/** Tells a span of one attempt to connect: the connection, then the handshake with what the peer showed. */
import type { Span } from '../../protocol/observer.ts';
import type { Endpoint } from './network.ts';
import type { TlsFacts } from './tls-facts.ts';

/** What happens to an attempt. */
export interface ConnectWatch {
  /** The address has answered: the handshake begins. */
  connected(): void;
  /** The peer has shown its certificate. Whether it is accepted shows later. */
  certificate(facts: TlsFacts): void;
  won(): void;
  failed(error: unknown): void;
  /** Another address was faster, or nobody waits any more. */
  givenUp(): void;
}

/** Watches an attempt. @returns null when nobody observes */
export function watchConnect(parent: Span | null, { address, port }: Endpoint): ConnectWatch | null {
  if (!parent) return null;
  const where = { 'network.peer.address': address, 'network.peer.port': port };
  let stage = parent.begin('connect', undefined, { facts: where });
  return {
    connected() {
      stage.end();
      stage = parent.begin('tls', undefined, { facts: where });
    },
    certificate({ protocol, subject, issuer, validFrom, validTo, altNames }) {
      stage.fact('tls.protocol.version', protocol.replace(/^TLSv/, ''));
      if (subject !== undefined) stage.fact('tls.server.subject', subject);
      stage.fact('tls.server.issuer', issuer);
      stage.fact('tls.server.not_before', validFrom);
      stage.fact('tls.server.not_after', validTo);
      stage.fact('cloudillo.tls.names', altNames.slice(0, MAX_NAMES));
    },
    won: () => stage.end(),
    failed: (error) => stage.end(error),
    givenUp() {
      stage.fact('cloudillo.given_up', true);
      stage.end();
    },
  };
}

/** A certificate may have thousands of names. */
const MAX_NAMES = 20;
