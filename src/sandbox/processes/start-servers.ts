/** Starts the servers of a sandbox. */
import pLimit from 'p-limit';
import type { Clock } from '../../protocol/clock.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import type { CertifiedKey } from '../certificates/authority.ts';
import { identityPaths, type SandboxPaths } from '../directory/paths.ts';
import { addressOf, leadersOf, type SandboxIdentity, type SandboxState } from '../directory/state.ts';
import { prepareHome, type SandboxHome } from '../members/identity-home.ts';
import { freePort } from '../network/free-port.ts';
import { networkOf, writeNetworkFile } from '../network/network-file.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';

/** How to start the servers. */
export interface StartServersOptions {
  paths: SandboxPaths;
  authority: CertifiedKey;
  program: readonly [string, ...string[]];
  /** The first port, counting up; 0: those of the state, or any. */
  firstPort: number;
  clock: Clock;
}

/** The servers that start at the same time. Each start keeps a processor busy: of hundreds at once many would miss the time limit. */
const AT_ONCE = 8;
/** A port that was free may be taken when a server binds it. */
const TRIES = 3;

const HTTPS_PORT = 443;

/**
 * Starts a server for each identity. Every address has to be in the network file before the first server reads it, so the ports
 * are chosen first. When one is taken meanwhile, all servers start again with others.
 * @returns the servers, and the state with their ports and processes
 * @throws CloudilloError of the first server that can't start; then none runs
 */
export async function startServers(
  state: SandboxState,
  options: StartServersOptions,
): Promise<{ servers: ServerProcess[]; state: SandboxState }> {
  for (let attempt = 1; ; attempt++) {
    const planned = {
      ...state,
      identities: await choosePorts(state.identities, attempt === 1 ? options.firstPort : 0),
    };
    try {
      const servers = await startAll(planned, options);
      const pidOf = new Map(servers.map(({ idTag, pid }) => [idTag, pid]));
      const identities = planned.identities.map((one) => ({ ...one, pid: pidOf.get(one.with ?? one.idTag) ?? null }));
      return { servers, state: { ...planned, identities } };
    } catch (error) {
      const snatched = error instanceof CloudilloError && error.code === 'network.port-in-use';
      if (!snatched || attempt === TRIES || options.firstPort !== 0) throw error;
    }
  }
}

/** Chooses ports one after the other, so that no two servers get the same. Identities that share a server share its port. */
async function choosePorts(identities: readonly SandboxIdentity[], firstPort: number): Promise<SandboxIdentity[]> {
  const chosen: SandboxIdentity[] = [];
  for (const [i, identity] of leadersOf({ identities: [...identities] }).entries()) {
    const address = addressOf(identity);
    const taken = chosen.filter((one) => addressOf(one) === address).map(({ port }) => port);
    const wanted = firstPort === 0 ? wantedPort(identity) : firstPort + (identity.address === undefined ? i : 0);
    let port = firstPort === 0 ? await freePort(address, taken.includes(wanted) ? 0 : wanted) : wanted;
    while (taken.includes(port)) port = await freePort(address, 0);
    chosen.push({ ...identity, port, pid: null });
  }
  const portOf = new Map(chosen.map(({ idTag, port }) => [idTag, port]));
  return identities.map((one) => ({ ...one, port: portOf.get(one.with ?? one.idTag) ?? 0, pid: null }));
}

/** The port of the last time. A server with an address of its own wants the one at which everybody looks for it. */
function wantedPort({ address, port }: SandboxIdentity): number {
  return port === 0 && address !== undefined ? HTTPS_PORT : port;
}

async function startAll(
  state: SandboxState,
  { paths, authority, program, clock }: StartServersOptions,
): Promise<ServerProcess[]> {
  await writeNetworkFile(paths.network, networkOf(state, authority.certificate));
  await Promise.all(leadersOf(state).map((leader) => prepareHome(paths, homeOf(state, leader), clock)));
  const fewAtOnce = pLimit(AT_ONCE);
  const started = await Promise.allSettled(
    leadersOf(state).map(({ idTag }) => {
      const { home, log } = identityPaths(paths, idTag);
      return fewAtOnce(() => startServerProcess({ program, idTag, home, log }));
    }),
  );
  const servers = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failure = started.find((one) => one.status === 'rejected');
  if (!failure) return servers;
  await Promise.all(servers.map((server) => server.stop()));
  throw failure.reason;
}

/** The home of a server, with all its identities. */
function homeOf({ identities }: SandboxState, leader: SandboxIdentity): SandboxHome {
  const { idTag, port } = leader;
  const others = identities.filter((one) => one.with === idTag).map((one) => one.idTag);
  return { idTags: [idTag, ...others], address: addressOf(leader), port };
}
