/** Starts and stops the HTTP server. */

import type { X509Certificate } from 'node:crypto';
import type { Server } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { isIPv6 } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { CloudilloError } from '../protocol/errors.ts';
import type { CertificateFiles } from '../services/certificates/certificate-files.ts';
import { certificateProblems } from '../services/certificates/certificate-problems.ts';
import type { Challenges } from '../services/certificates/challenges.ts';
import type { CertifiedKey } from '../services/certificates/x509.ts';
import type { DroppedConnections } from '../services/runtime/server-facts.ts';
import { buildApp } from './app.ts';
import { startChallengeServer } from './challenge-server.ts';
import type { ServerDeps } from './context/deps.ts';
import { limitConnections } from './guard/connection-limit.ts';
import { keepReserve } from './guard/connection-reserve.ts';
import { followNewConnections } from './http/new-connections.ts';
import { noteConnection } from './plugins/turned-away.ts';
import { type Certificate, logCertificateProblems, readCertificate, watchCertificate } from './tenants/certificate.ts';
import { chooseCertificate } from './tenants/choose-certificate.ts';
import { identityCertificates } from './tenants/identity-certificates.ts';

/** Where and how to listen. */
export interface ListenOptions {
  host: string;
  /** 0: any free port. */
  port: number;
  /**
   * The default certificate, for clients that name no tenant with a certificate of its own: its files, or one that stands in
   * until there is one. `null`: plain HTTP.
   */
  tls: CertificateFiles | { standIn: CertifiedKey } | null;
  /** What is shown to a certificate authority. */
  challenges?: Pick<Challenges, 'pairFor' | 'answerTo'>;
  /** The port at which an authority is answered over HTTP; 0 or absent: none. */
  challengePort?: number;
  /** The tenant's own certificate; null when it has none. */
  identityTls?: (idTag: string) => CertificateFiles | null;
  /** The host names that the default certificate has to be for. */
  namesFor?: () => Promise<readonly string[]>;
  /** The authorities that peers trust; null: chains are not judged. */
  authorities?: readonly X509Certificate[] | null;
  /** The most descriptors of this process; null or absent: unknown. */
  descriptors?: number | null;
}

/** A running server. */
export interface RunningServer {
  app: FastifyInstance;
  url: string;
  address: string;
  port: number;
  /** The connections that could not be taken. */
  dropped(): DroppedConnections;
  /** Reads the certificates again. */
  reload(): Promise<void>;
  /** Stops accepting connections, lets current requests finish, then closes the rest. */
  stop(): Promise<void>;
}

/** How long current requests may delay a stop, in milliseconds. */
const GRACE = 10_000;
const SWEEP = 50;
/** The most connections of one address. A translated address may stand for a whole campus. A WebSocket counts as one. */
const MAX_CONNECTIONS = 256;

/**
 * Builds the app and listens.
 * @throws CloudilloError `tls.unreadable`, `tls.certificate`, `network.port-in-use`, `network.port-forbidden`,
 * `network.address-unavailable`
 */
export async function startServer(deps: ServerDeps, options: ListenOptions): Promise<RunningServer> {
  const { host, port, tls, identityTls: filesOf = () => null, authorities = null } = options;
  const files = tls && 'cert' in tls ? tls : null;
  const certificate = tls && 'standIn' in tls ? tls.standIn : files && (await readCertificate(files));
  const { clock, log } = deps;
  const own = identityCertificates({ filesOf, authorities, clock, log });
  const https = certificate && {
    ...certificate,
    minVersion: 'TLSv1.2' as const,
    ...chooseCertificate(own.contextFor, options.challenges),
  };
  const app = await buildApp(deps, https ? { https } : {});
  if (deps.rateLimits) {
    const onClosed = (socket: Socket) => noteConnection(deps, socket, tooManyConnections());
    limitConnections(app.server, { most: MAX_CONNECTIONS, trusted: deps.trustedProxies, log, onClosed });
  }
  let listensAt = port;
  let plain: Server | null = null;
  try {
    await app.listen({ host, port });
    if (options.challenges && options.challengePort) {
      listensAt = options.challengePort;
      plain = await startChallengeServer(options.challenges, { host, port: listensAt, log });
    }
  } catch (error) {
    await app.close();
    throw listenError(error, host, listensAt);
  }
  const server = app.server as Server | TlsServer;
  const endNew = followNewConnections(server, { tls: tls !== null });
  const dropped = keepReserve(server, { limit: options.descriptors ?? null, clock, log });
  const problemsOf = async ({ cert }: Certificate) =>
    certificateProblems(cert.toString(), {
      names: (await options.namesFor?.()) ?? [],
      authorities,
      now: clock.wall(),
    });
  const use = (renewed: Certificate) => (server as TlsServer).setSecureContext(renewed);
  const current = files && (certificate as Certificate);
  if (files && current) logCertificateProblems(files.cert, await problemsOf(current), log);
  const watch = files && current && watchCertificate(files, { current, use, problemsOf, log });
  const bound = server.address() as AddressInfo;
  const address = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  return {
    app,
    url: `${tls ? 'https' : 'http'}://${address}:${bound.port}`,
    address: bound.address,
    port: bound.port,
    dropped,
    reload: async () => {
      own.reload();
      await watch?.reload();
    },
    async stop() {
      watch?.stop();
      plain?.close();
      plain?.closeAllConnections();
      endNew();
      await closeWithin(app, GRACE);
    },
  };
}

function tooManyConnections(): CloudilloError {
  return new CloudilloError('rate.limited', `An address has at most ${MAX_CONNECTIONS} connections at once`, {
    ...{ stage: 'server', check: 'rate-limit' },
  });
}

/**
 * Closes connections that become idle after the stop began, until none is left. Their clients might keep them open for long.
 * After `ms` the others are closed, too.
 */
async function closeWithin(app: FastifyInstance, ms: number): Promise<void> {
  const sweep = setInterval(() => app.server.closeIdleConnections(), SWEEP);
  const timer = setTimeout(() => app.server.closeAllConnections(), ms);
  try {
    await app.close();
  } finally {
    clearInterval(sweep);
    clearTimeout(timer);
  }
}

function listenError(error: unknown, host: string, port: number): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  const details = { host, port };
  if (code === 'EADDRINUSE') {
    return new CloudilloError('network.port-in-use', `Port ${port} on ${host} is in use by another process`, {
      stage: 'server',
      hint: `Stop that process, or choose another port: --port ${port + 1}, or --port 0 for any free one`,
      details,
      cause: error,
    });
  }
  if (code === 'EACCES') {
    return new CloudilloError('network.port-forbidden', `This user may not listen on port ${port}`, {
      stage: 'server',
      hint: 'Ports below 1024 need a privilege: listen on another one behind a proxy or a port forwarding',
      details,
      cause: error,
    });
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new CloudilloError('network.address-unavailable', `${host} is no address of this machine`, {
      stage: 'server',
      hint: isIPv6(host)
        ? 'Name one with --host: ::1 for this machine only, :: for all'
        : 'Name one with --host: 127.0.0.1 for this machine only, 0.0.0.0 or :: for all',
      details,
      cause: error,
    });
  }
  return error;
}
