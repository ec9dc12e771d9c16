/** Starts a sandbox: a federation on this machine. */
import { rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Clock } from '../../protocol/clock.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { shellWord } from '../../protocol/shell-word.ts';
import { acquireHome } from '../../store/home/lock.ts';
import type { CertifiedKey } from '../certificates/authority.ts';
import { ensureAuthority, ensureCertificate } from '../certificates/certificates.ts';
import { identityPaths, type SandboxPaths, sandboxPaths } from '../directory/paths.ts';
import { prepareDirectory } from '../directory/prepare-directory.ts';
import { openState, SANDBOX_ADDRESS, type SandboxMember, type SandboxState } from '../directory/state.ts';
import { type DnsServerHandle, startDnsServer } from '../dns/server.ts';
import { answerFrom } from '../dns/zone.ts';
import { zonesOf } from '../dns/zones.ts';
import { withAddresses, withMembers } from '../members/plan-members.ts';
import type { AddressRange } from '../network/address-range.ts';
import { serveControlSocket } from '../processes/control-socket.ts';
import { endOrphans } from '../processes/end-orphans.ts';
import type { ServerProcess } from '../processes/server-process.ts';
import { startServers } from '../processes/start-servers.ts';

const DNS_PORT = 53;

/** How to start a sandbox. */
export interface SandboxOptions {
  directory: string;
  /** How this program is started: node and its entry point. */
  program: readonly [string, ...string[]];
  /** Identities to add to those of the directory. Identities of one server are joined with commas. */
  idTags: readonly string[];
  members: readonly SandboxMember[];
  /** The first port of the servers; 0: the ports of the last time, or any. */
  port: number;
  /** The same for the DNS server. */
  dnsPort: number;
  /** An address of its own for each server and for the DNS server, at the ports where everybody looks for them. */
  addresses?: AddressRange | undefined;
  /** Delete the directory at the end. */
  ephemeral: boolean;
  clock: Clock;
}

/** The end of a server that was not asked to end. */
export interface ServerEnd {
  idTag: string;
  code: number | null;
  signal: NodeJS.Signals | null;
  log: string;
}

/** A running sandbox. */
export interface Sandbox {
  paths: SandboxPaths;
  state: SandboxState;
  /** Resolves when a command asks for the end through `control.sock`. */
  stopRequested: Promise<void>;
  /** Called for each server that ends by itself. */
  onServerEnd(listener: (end: ServerEnd) => void): void;
  /** Stops the servers, then DNS; with `ephemeral` deletes everything. */
  stop(): Promise<void>;
}

/**
 * Starts a sandbox: DNS, authority, certificates, network file, and a home and a server process for each identity.
 * @throws CloudilloError `home.busy` (one runs in this directory), `home.not-empty`, `usage.member`, `usage.missing`,
 *   `network.port-in-use`, `internal.server-start`, `store.*`. Nothing runs then, and with `ephemeral` nothing is left
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const paths = sandboxPaths(options.directory);
  await prepareDirectory(paths, { fresh: options.ephemeral });
  /** The steps that undo what was done, in reverse order. */
  const undo: (() => Promise<unknown>)[] = [];
  const unwind = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    return await bringUp(paths, options, undo, unwind);
  } catch (error) {
    await unwind();
    throw error;
  }
}

async function bringUp(
  paths: SandboxPaths,
  options: SandboxOptions,
  undo: (() => Promise<unknown>)[],
  unwind: () => Promise<void>,
): Promise<Sandbox> {
  const now = new Date(options.clock.wall());
  const lock = await acquireHome(paths.root);
  if (!lock) throw alreadyUp(paths);
  // The lock goes last: requestStop() takes its release for the end.
  undo.push(() => lock.release());
  if (options.ephemeral) undo.push(deleteAtEnd(paths.root));
  const document = await openState(paths, now);
  await endOrphans(paths, document.data);
  const planned = withAddresses(withMembers(document.data, options.idTags, options.members), options.addresses);
  let state: SandboxState = planned;
  const dns = await startDns(planned, options.dnsPort, (question) => answerFrom(zonesOf(state), question));
  undo.push(() => dns.close());
  state = { ...planned, pid: process.pid, dns: { address: dns.address, port: dns.port } };
  if (options.ephemeral) state.ephemeral = true;
  await document.update(() => state);
  undo.push(() => document.update((draft) => withoutProcesses(draft)));
  const authority = await certify(paths, state, now);
  const { program, clock, port: firstPort } = options;
  const started = await startServers(state, { paths, authority, program, firstPort, clock });
  undo.push(() => Promise.all(started.servers.map((server) => server.stop())));
  state = await document.update(() => started.state);
  return handle(paths, state, started.servers, (onStop) => serveControlSocket(lock.server, onStop), unwind);
}

/**
 * The step that deletes a directory. When a second Ctrl-C ends the process before it, it runs at the exit, while the servers end
 * because their standard input closes.
 */
function deleteAtEnd(directory: string): () => Promise<void> {
  const hastily = () => rmSync(directory, { recursive: true, force: true });
  process.once('exit', hastily);
  return async () => {
    await rm(directory, { recursive: true, force: true });
    process.off('exit', hastily);
  };
}

function handle(
  paths: SandboxPaths,
  state: SandboxState,
  servers: readonly ServerProcess[],
  openDoor: (onStop: () => void) => void,
  unwind: () => Promise<void>,
): Sandbox {
  let requestStop = () => {};
  const stopRequested = new Promise<void>((resolve) => {
    requestStop = resolve;
  });
  openDoor(() => requestStop());
  let stopping = false;
  return {
    paths,
    state,
    stopRequested,
    onServerEnd(listener) {
      for (const { idTag, ended } of servers) {
        void ended.then(({ code, signal }) => {
          if (!stopping) listener({ idTag, code, signal, log: identityPaths(paths, idTag).log });
        });
      }
    },
    async stop() {
      stopping = true;
      await unwind();
    },
  };
}

/**
 * Starts the name server at the port of the last time, unless another one is given. A port that is taken is replaced when none
 * was given.
 */
async function startDns(
  state: SandboxState,
  port: number,
  answer: Parameters<typeof startDnsServer>[0]['answer'],
): Promise<DnsServerHandle> {
  const { address, port: before } = state.dns;
  const at = (wanted: number) => startDnsServer({ address, port: wanted, answer });
  const wanted = before === 0 && address !== SANDBOX_ADDRESS ? DNS_PORT : before;
  if (port !== 0 || wanted === 0) return at(port);
  try {
    return await at(wanted);
  } catch (error) {
    // Taken, or this user may not use it (below 1024).
    if (error instanceof CloudilloError && ['network.port-in-use', 'network.listen'].includes(error.code)) return at(0);
    throw error;
  }
}

async function certify(paths: SandboxPaths, state: SandboxState, now: Date): Promise<CertifiedKey> {
  const authority = await ensureAuthority(paths, now);
  const names = [...state.identities, ...state.members].map(({ idTag }) => idTag);
  await Promise.all(names.map((idTag) => ensureCertificate(authority, identityPaths(paths, idTag), idTag, now)));
  return authority;
}

function withoutProcesses(state: SandboxState): SandboxState {
  return { ...state, pid: null, identities: state.identities.map((one) => ({ ...one, pid: null })) };
}

function alreadyUp(paths: SandboxPaths): CloudilloError {
  const dir = shellWord(paths.root);
  return new CloudilloError('home.busy', `A sandbox runs in ${paths.root} already`, {
    stage: 'home',
    hint: `See it with "cloudillo sandbox status --dir ${dir}", end it with "cloudillo sandbox down --dir ${dir}", or name another directory with --dir.`,
    details: { dir: paths.root },
  });
}
