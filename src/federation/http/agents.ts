/** The HTTPS agent: name resolution, the address guard, and kept-alive connections. */
import type { ClientRequest } from 'node:http';
import { Agent, type RequestOptions } from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  createSecureContext,
  type SecureContext,
  type TLSSocket,
  type ConnectionOptions as TlsOptions,
} from 'node:tls';
import type { Span } from '../../protocol/observer.ts';
import { connect } from './connect.ts';
import { type Connection, keepConnection, newConnection } from './connection.ts';
import type { HostResolver } from './host-resolver.ts';
import type { Endpoint, Network } from './network.ts';
import { firstEndpointsOf } from './reachable-endpoints.ts';
import { tlsOptionsOf } from './secure.ts';

/**
 * The most idle connections over all hosts, because a broadcast to 10,000 instances must not hold 10,000 sockets open. Each takes
 * some 300 KB.
 */
const MAX_IDLE = 64;
/** The most connections to one host at the same time. Further requests wait, within their own time limit. */
const MAX_PER_HOST = 8;
const IDLE_TIMEOUT_MS = 30_000;

/** What a request needs of its agent besides a connection. */
export interface AgentUse {
  onRequest?: (request: ClientRequest) => void;
  /** Called when a new connection begins. A request has no socket before it is open. */
  onConnection?: (connection: Connection) => void;
  /** Ends the attempts to connect. */
  signal?: AbortSignal;
  /** Gets parts for the lookup of the name and each attempt to connect. */
  span?: Span | null;
}

/** The symbol under which the options of a request hold its {@link AgentUse}. Node passes them to `createConnection`. */
const USE = Symbol('use');

type Options = RequestOptions & { [USE]?: AgentUse };

/** `http.Agent` has this method, and `http.request` calls it. The type definitions lack it. */
interface AgentInternals {
  addRequest(request: ClientRequest, options: Options): void;
}

/**
 * A keep-alive HTTPS agent with a name resolution of its own. It connects only to allowed addresses: public ones, or the
 * endpoints of the sandbox. The address that is connected to is the one that was checked, so that a name that resolves
 * differently the second time (DNS rebinding) gains nothing.
 */
export class GuardedAgent extends Agent {
  /** Where it connects to. */
  readonly network: Network;
  readonly #resolver: HostResolver;
  readonly #maxIdle: number;
  readonly #only: Endpoint | undefined;
  /** Made once. Node would read the certificates of the authorities anew for each connection, and keep them as long as it. */
  #secureContext: SecureContext | undefined;
  /** The idle connections, the longest idle first. */
  readonly #idle = new Set<Duplex>();
  /** The number of requests at each host. Node counts a connection only when it is open, and would begin one for each of them. */
  readonly #running = new Map<string, number>();
  readonly #waiting = new Map<string, (() => void)[]>();
  readonly #closing = new AbortController();

  /** @param options.only the one endpoint of a host that is connected to, whichever others it has */
  constructor(
    network: Network,
    resolver: HostResolver,
    { maxIdle = MAX_IDLE, only }: { maxIdle?: number | undefined; only?: Endpoint | undefined } = {},
  ) {
    super({
      keepAlive: true,
      timeout: IDLE_TIMEOUT_MS,
      ALPNProtocols: ['http/1.1'],
    });
    this.network = network;
    this.#resolver = resolver;
    this.#maxIdle = maxIdle;
    this.#only = only;
  }

  /** Node calls it when no idle connection is available. */
  override createConnection(
    options: Options,
    callback: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    this.#connect(options).then(
      (socket) => callback(null, socket),
      (error: Error) => callback(error, undefined as never),
    );
    return undefined;
  }

  /** Starts a request, or queues it until another one at its host has ended. */
  addRequest(request: ClientRequest, options: Options): void {
    const name = this.getName(options);
    const start = (): void => {
      this.#running.set(name, (this.#running.get(name) ?? 0) + 1);
      // Node emits the end before it has made the connection available again.
      request.once('close', () => queueMicrotask(() => this.#ended(name)));
      (Agent.prototype as unknown as AgentInternals).addRequest.call(this, request, options);
    };
    if ((this.#running.get(name) ?? 0) < MAX_PER_HOST) {
      start();
      return;
    }
    const waiting = this.#waiting.get(name) ?? [];
    this.#waiting.set(name, waiting);
    waiting.push(() => {
      if (!request.destroyed) start();
    });
  }

  override destroy(): void {
    this.#closing.abort();
    super.destroy();
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

  /** This agent for one request, with its {@link AgentUse}. node-fetch gives no access to its `ClientRequest`. */
  for(use: AgentUse): Agent {
    const addRequest = (request: ClientRequest, options: RequestOptions): void => {
      use.onRequest?.(request);
      this.addRequest(request, { ...options, [USE]: use });
    };
    return Object.create(this, { addRequest: { value: addRequest } }) as Agent;
  }

  async #connect({ [USE]: use, ...options }: Options): Promise<TLSSocket> {
    const connection = newConnection();
    use?.onConnection?.(connection);
    const span = use?.span ?? null;
    const [host, port] = [String(options.host), Number(options.port)];
    const how = { only: this.#only, span };
    const { endpoints, later } = await firstEndpointsOf(this.network, this.#resolver, host, port, how);
    connection.resolvedAt = performance.now();
    const socket = await connect<TLSSocket>(endpoints, {
      signals: use?.signal ? [this.#closing.signal, use.signal] : [this.#closing.signal],
      secure: (socket) => this.#secure(socket, options),
      attempts: connection.attempts,
      later,
      span,
    });
    keepConnection(socket, connection);
    socket.once('close', () => this.#idle.delete(socket));
    return socket;
  }

  /** Begins the handshake. The base class resumes a session where it has one. */
  #secure(socket: Socket, options: RequestOptions): TLSSocket {
    this.#secureContext ??= createSecureContext(tlsOptionsOf(this.network));
    const own: TlsOptions = { socket, secureContext: this.#secureContext };
    // The name of the URL is asked for and verified, also where `Host` names another one: Node would take that.
    const servername = isIP(String(options.host)) === 0 ? String(options.host) : '';
    return super.createConnection({ ...options, ...own, servername } as RequestOptions) as TLSSocket;
  }

  #ended(name: string): void {
    const running = (this.#running.get(name) ?? 1) - 1;
    if (running > 0) this.#running.set(name, running);
    else this.#running.delete(name);
    const waiting = this.#waiting.get(name) ?? [];
    while (waiting.length > 0 && (this.#running.get(name) ?? 0) < MAX_PER_HOST) waiting.shift()?.();
    if (waiting.length === 0) this.#waiting.delete(name);
  }
}
