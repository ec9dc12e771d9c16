import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request } from 'node:https';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type CertificateAuthority, makeAuthority } from './certificates.ts';
import { labPort } from './lab-port.ts';
import type { NameServer } from './name-server.ts';
import { temporaryDirectory } from './run-cli.ts';

/** Whether Let's Encrypt's test authority is installed. `.ci/run` installs Debian's package; elsewhere its tests are skipped. */
export const HAS_PEBBLE = spawnSync('pebble', ['-h']).error === undefined;
if (!HAS_PEBBLE)
  process.stderr.write('skipped: the tests with a certificate authority need "pebble" (apt-get install pebble)\n');

/** A running test authority. */
export interface Pebble {
  port: number;
  /** The URL of its directory. */
  directory: string;
  /** PEM file with the root of its own HTTPS. */
  caFile: string;
  /** The authority of its own HTTPS. */
  authority: CertificateAuthority;
  /** The root of the certificates that it issues, PEM. */
  root(): Promise<string>;
  stop(): Promise<void>;
}

/** How an authority differs from one that takes everybody. */
export interface PebbleOptions {
  /** The port at which it looks for TLS challenges. */
  tlsPort?: number;
  /** The port at which it looks for HTTP challenges. */
  httpPort?: number;
  dns: NameServer;
  /** MAC keys by their ID: only accounts that are bound to one of them are taken. */
  external?: Record<string, string>;
  /** How long its certificates are valid, in seconds. */
  lifetime?: number;
  /** The place of one that was stopped: it listens there, and forgot everything. */
  again?: Pick<Pebble, 'port' | 'authority'>;
}

/** Starts a test authority for one test. */
export async function startPebble(options: PebbleOptions): Promise<Pebble> {
  const directory = temporaryDirectory('pebble-');
  const authority = options.again?.authority ?? (await makeAuthority('Pebble CA'));
  const { cert, key } = await authority.issue(['localhost', 'acme.test']);
  const file = (name: string, content: string) => {
    writeFileSync(join(directory, name), content);
    return join(directory, name);
  };
  const port = options.again?.port ?? (await labPort());
  const management = await labPort();
  const config = {
    listenAddress: `127.0.0.1:${port}`,
    managementListenAddress: `127.0.0.1:${management}`,
    certificate: file('cert.pem', cert),
    privateKey: file('key.pem', key),
    httpPort: options.httpPort ?? 1,
    tlsPort: options.tlsPort ?? 1,
    externalAccountBindingRequired: options.external !== undefined,
    externalAccountMACKeys: options.external ?? {},
    ...(options.lifetime !== undefined && { certificateValidityPeriod: options.lifetime }),
  };
  const path = file('config.json', JSON.stringify({ pebble: config }));
  const { address, port: dnsPort } = options.dns;
  const child = spawn('pebble', ['-config', path, '-dnsserver', `${address}:${dnsPort}`], {
    env: { ...process.env, PEBBLE_VA_NOSLEEP: '1', PEBBLE_AUTHZREUSE: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await listening(child);
  const agent = new Agent({ ca: authority.ca });
  return {
    ...{ port, authority },
    directory: `https://localhost:${port}/dir`,
    caFile: file('ca.pem', authority.ca),
    root: async () => (await ask(`https://localhost:${management}/roots/0`, agent)).body.toString(),
    async stop() {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

function listening(child: ChildProcess): Promise<void> {
  let said = '';
  return new Promise((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
      if (said.includes('ACME directory available at')) resolve();
    });
    child.once('exit', () => reject(new Error(`pebble ended: ${said}`)));
  });
}

/** Answers in place of the authority: it says whether it did. */
export type Intercept = (request: IncomingMessage, response: ServerResponse) => boolean;

/** A proxy in front of an authority, whose answers a test may replace. */
export interface AcmeProxy {
  directory: string;
  /** Paths that were asked for, with their methods. */
  asked: string[];
  intercept: Intercept;
}

/** Starts a proxy in front of an authority. It shows a certificate of the same root. */
export async function startAcmeProxy(pebble: Pebble): Promise<AcmeProxy> {
  const port = await labPort();
  const agent = new Agent({ ca: pebble.authority.ca });
  const proxy: AcmeProxy = { directory: `https://localhost:${port}/dir`, asked: [], intercept: () => false };
  const server = createServer(await pebble.authority.issue(['localhost']), (incoming, outgoing) => {
    proxy.asked.push(`${incoming.method} ${incoming.url}`);
    if (proxy.intercept(incoming, outgoing)) return;
    const { method, url, headers } = incoming;
    const target = { host: 'localhost', port: pebble.port, path: url, method, headers, agent };
    const forwarded = request(target, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on('error', () => outgoing.writeHead(502).end());
    incoming.pipe(forwarded);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
    agent.destroy();
  });
  return proxy;
}

/** A GET. */
async function ask(url: string, agent: Agent): Promise<{ status: number; body: Buffer }> {
  const sent = request(url, { agent }).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return { status: answer.statusCode ?? 0, body: Buffer.concat(chunks) };
}
