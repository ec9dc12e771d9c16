import type { ClientRequest } from 'node:http';
import { Agent, type RequestOptions } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  createSecureContext,
  type SecureContext,
  type TLSSocket,
  type ConnectionOptions as TlsOptions,
} from 'node:tls';
import { assertPublicAddresses } from './address-guard.ts';
import { type Connection, watchConnection } from './connection.ts';
import { type Endpoint, type Network, sandboxEndpoint } from './network.ts';
import type { HostResolver } from './resolver.ts';

/**
 * Idle connections kept, over all hosts: a broadcast to 10,000 instances must not hold 10,000 sockets open. Each takes some 300 KB.
 */
const MAX_IDLE = 64;
/** Connections to one host at the same time; further requests wait for one, within their own time limit. */
const MAX_PER_HOST = 8;
const IDLE_TIMEOUT_MS = 30_000;
const HTTPS_PORT = 443;

/** `http.Agent` has this method, and `http.request` calls it; only the type definitions leave it out. */
interface AgentInternals {
  addRequest(request: ClientRequest, options: RequestOptions): void;
}

/**
 * Keep-alive HTTPS agent that resolves names its own way and connects to nothing but what its network allows: public
 * addresses, or the endpoints of the sandbox. The check is made on the address that is connected to, so a name that
 * resolves differently the second time (DNS rebinding) gains nothing.
 */
export class GuardedAgent extends Agent {
  readonly #network: Network;
  readonly #resolver: HostResolver;
  readonly #maxIdle: number;
  /** Made once: Node would read the authorities' certificates anew for each connection, and keep them as long as it. */
  #secureContext: SecureContext | undefined;
  /** The one that has been idle longest comes first. */
  readonly #idle = new Set<Duplex>();

  constructor(network: Network, resolver: HostResolver, maxIdle = MAX_IDLE) {
    super({
      keepAlive: true,
      maxSockets: MAX_PER_HOST,
      timeout: IDLE_TIMEOUT_MS,
      ALPNProtocols: ['http/1.1'],
    });
    this.#network = network;
    this.#resolver = resolver;
    this.#maxIdle = maxIdle;
  }

  override createConnection(
    options: RequestOptions,
    callback?: (err: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    const host = String(options.host);
    const endpoint = this.#endpoint(host, Number(options.port));
    // net.connect() doesn't look up an address literal, so the check in the lookup wouldn't see it.
    if (isIP(host) !== 0 && !endpoint) assertPublicAddresses(host, [host]);
    this.#secureContext ??= createSecureContext({
      minVersion: 'TLSv1.2',
      ...(this.#network.kind === 'sandbox' && { ca: this.#network.ca }),
    });
    let connection: Connection | undefined;
    const lookup = this.#lookup(endpoint, () => {
      if (connection) connection.resolvedAt = performance.now();
    });
    const own: TlsOptions = { lookup, secureContext: this.#secureContext, ...(endpoint && { port: endpoint.port }) };
    const socket = super.createConnection({ ...options, ...own } as RequestOptions, callback) as TLSSocket;
    connection = watchConnection(socket);
    if (isIP(host) !== 0) connection.resolvedAt = connection.startedAt;
    socket.once('close', () => this.#idle.delete(socket));
    return socket;
  }

  override keepSocketAlive(socket: Duplex): boolean {
    // The base class answers false when the peer's Keep-Alive header says that it closes at once.
    if ((super.keepSocketAlive(socket) as unknown) === false) return false;
    this.#idle.add(socket);
    for (const oldest of this.#idle) {
      if (this.#idle.size <= this.#maxIdle) break;
      this.#idle.delete(oldest);
      oldest.destroy();
    }
    return true;
  }

  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    this.#idle.delete(socket);
    super.reuseSocket(socket, request);
  }

  /** This agent, telling of the request it is used for: node-fetch hands out no `ClientRequest`. */
  watching(onRequest: (request: ClientRequest) => void): Agent {
    const addRequest = (request: ClientRequest, options: RequestOptions): void => {
      onRequest(request);
      (this as unknown as AgentInternals).addRequest(request, options);
    };
    return Object.create(this, { addRequest: { value: addRequest } }) as Agent;
  }

  #endpoint(host: string, port: number): Endpoint | null {
    if (this.#network.kind !== 'sandbox' || port !== HTTPS_PORT) return null;
    return sandboxEndpoint(this.#network, host);
  }

  /** `dns.lookup`'s signature, with and without `all` (Node asks for all when it may try several addresses). */
  #lookup(endpoint: Endpoint | null, onResolved: () => void): LookupFunction {
    return (host, options, callback) => {
      const deliver = async (): Promise<void> => {
        const resolved = await this.#resolver.resolve(host);
        onResolved();
        const addresses = endpoint
          ? [{ address: endpoint.address, family: isIP(endpoint.address) }]
          : resolved.filter(({ family }) => !options.family || family === options.family);
        if (!endpoint) {
          assertPublicAddresses(
            host,
            resolved.map(({ address }) => address),
          );
        }
        if (options.all) return callback(null, addresses);
        callback(null, addresses[0]?.address ?? '', addresses[0]?.family);
      };
      deliver().catch((error) => callback(error, []));
    };
  }
}
