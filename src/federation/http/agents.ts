import type { ClientRequest } from 'node:http';
import { Agent, type RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  createSecureContext,
  type SecureContext,
  type TLSSocket,
  type ConnectionOptions as TlsOptions,
} from 'node:tls';
import { connect } from './connect.ts';
import { type Connection, keepConnection, newConnection } from './connection.ts';
import type { Network } from './network.ts';
import { endpointsOf } from './reachable-endpoints.ts';
import type { HostResolver } from './resolver.ts';
import { MIN_TLS_VERSION } from './secure.ts';

/**
 * Idle connections kept, over all hosts: a broadcast to 10,000 instances must not hold 10,000 sockets open. Each takes some 300 KB.
 */
const MAX_IDLE = 64;
/** Connections to one host at the same time; further requests wait for one, within their own time limit. */
const MAX_PER_HOST = 8;
const IDLE_TIMEOUT_MS = 30_000;

/** What a request asks of its agent beside a connection. */
export interface AgentUse {
  onRequest?: (request: ClientRequest) => void;
  /** Told of a new connection when it begins: a request has no socket before it is open. */
  onConnection?: (connection: Connection) => void;
  /** Ends the attempts to connect. */
  signal?: AbortSignal;
}

/** Where the options of a request hold who asked: Node hands them through to `createConnection`. */
const USE = Symbol('use');

type Options = RequestOptions & { [USE]?: AgentUse };

/** `http.Agent` has this method, and `http.request` calls it; only the type definitions leave it out. */
interface AgentInternals {
  addRequest(request: ClientRequest, options: Options): void;
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
  /** Requests at a host: Node counts a connection only when it is open, and would begin one for each of them. */
  readonly #running = new Map<string, number>();
  readonly #waiting = new Map<string, (() => void)[]>();
  readonly #closing = new AbortController();

  constructor(network: Network, resolver: HostResolver, maxIdle = MAX_IDLE) {
    super({
      keepAlive: true,
      timeout: IDLE_TIMEOUT_MS,
      ALPNProtocols: ['http/1.1'],
    });
    this.#network = network;
    this.#resolver = resolver;
    this.#maxIdle = maxIdle;
  }

  /** Asked by Node when no idle connection is at hand. */
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

  /** Takes a request: at once, or when one of those that run at its host has ended. */
  addRequest(request: ClientRequest, options: Options): void {
    const name = this.getName(options);
    const start = (): void => {
      this.#running.set(name, (this.#running.get(name) ?? 0) + 1);
      // Node tells of the end before it has put the connection aside for the next one.
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

  /** This agent for one request, which is told of: node-fetch hands out no `ClientRequest`. */
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
    const endpoints = await endpointsOf(this.#network, this.#resolver, String(options.host), Number(options.port));
    connection.resolvedAt = performance.now();
    const socket = await connect<TLSSocket>(endpoints, {
      signals: use?.signal ? [this.#closing.signal, use.signal] : [this.#closing.signal],
      secure: (socket) => this.#secure(socket, options),
      attempts: connection.attempts,
    });
    keepConnection(socket, connection);
    socket.once('close', () => this.#idle.delete(socket));
    return socket;
  }

  /** Begins the handshake; the base class resumes a session where it has one. */
  #secure(socket: Socket, options: RequestOptions): TLSSocket {
    this.#secureContext ??= createSecureContext({
      minVersion: MIN_TLS_VERSION,
      ...(this.#network.kind === 'sandbox' && { ca: this.#network.ca }),
    });
    const own: TlsOptions = { socket, secureContext: this.#secureContext };
    return super.createConnection({ ...options, ...own } as RequestOptions) as TLSSocket;
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
