/** The state of a sandbox and its servers. */
import { readFile } from 'node:fs/promises';
import { createStubResolver } from '../../federation/dns/stub-resolver.ts';
import { parseNetwork } from '../../federation/http/network.ts';
import { createRequester } from '../../federation/http/request.ts';
import { createPeerApi } from '../../federation/peer/api.ts';
import { CloudilloError, type ErrorObject, errorToObject } from '../../protocol/errors.ts';
import { apiHost } from '../../protocol/id-tag.ts';
import { identityPaths, type SandboxPaths } from '../directory/paths.ts';
import { addressOf, readState, type SandboxState } from '../directory/state.ts';
import { curlLine } from '../network/curl-line.ts';
import { isSandboxUp } from '../processes/control-socket.ts';
import { isServerOf } from '../processes/process-of-home.ts';

/** The state of one server. */
export interface ServerStatus {
  idTag: string;
  /** Null for a member that somebody else runs. */
  home: string | null;
  address: string;
  port: number;
  /** The process that the sandbox started; null for a member, and when the sandbox is down. */
  pid: number | null;
  /** Whether that process runs; null where there is none. */
  alive: boolean | null;
  /** Whether `GET /api/me` answers over the sandbox's DNS and TLS. */
  answers: boolean;
  error: ErrorObject | null;
  curl: string;
}

/** The state of a sandbox. */
export interface SandboxStatus {
  dir: string;
  /** Whether `sandbox up` runs. */
  up: boolean;
  pid: number | null;
  dns: { address: string; port: number; answers: boolean };
  servers: ServerStatus[];
  /** Everything is up and answers. */
  ok: boolean;
}

/** Servers are on this machine: a slower one counts as down. */
const TIMEOUT_MS = 3000;

/**
 * Asks every server and the DNS server of a sandbox.
 * @throws CloudilloError `home.no-sandbox`, `store.*`, `usage.network`
 */
export async function sandboxStatus(paths: SandboxPaths): Promise<SandboxStatus> {
  const { data: state } = await readState(paths);
  const [up, dnsAnswers, servers] = await Promise.all([isSandboxUp(paths), askDns(state), askServers(paths, state)]);
  return {
    dir: paths.root,
    up,
    pid: up ? state.pid : null,
    dns: { ...state.dns, answers: dnsAnswers },
    servers,
    ok: up && dnsAnswers && servers.every(({ answers }) => answers),
  };
}

async function askDns({ dns, identities, members }: SandboxState): Promise<boolean> {
  const { idTag } = identities[0] ?? members[0] ?? {};
  if (idTag === undefined || dns.port === 0) return false;
  const resolver = createStubResolver({ servers: [{ transport: 'udp', ...dns }], timeout: 1000 });
  try {
    return (await resolver.lookup(apiHost(idTag), 'SOA')).status !== 'nxdomain';
  } catch (error) {
    if (error instanceof CloudilloError) return false;
    throw error;
  }
}

async function askServers(paths: SandboxPaths, state: SandboxState): Promise<ServerStatus[]> {
  const all = [
    ...state.identities.map((one) => ({
      ...one,
      address: addressOf(one),
      home: identityPaths(paths, one.idTag, one.with).home,
    })),
    ...state.members.map((one) => ({ ...one, pid: null, home: null })),
  ];
  const ask = await openAsker(paths);
  try {
    return await Promise.all(
      all.map(async ({ idTag, home, address, port, pid }) => ({
        idTag,
        home,
        address,
        port,
        pid,
        alive: pid === null || home === null ? null : await isServerOf(pid, home),
        ...(await ask.profile(idTag)),
        curl: curlLine(idTag, { address, port }, paths.ca),
      })),
    );
  } finally {
    ask.close();
  }
}

/** Opens the API through the network file, as every other command does. */
async function openAsker(paths: SandboxPaths) {
  let text: string;
  try {
    text = await readFile(paths.network, 'utf8');
  } catch {
    const error = errorToObject(
      new CloudilloError('home.no-sandbox', 'The sandbox has never been up', { stage: 'home' }),
    );
    return { profile: async () => ({ answers: false, error }), close: () => {} };
  }
  const network = parseNetwork(JSON.parse(text));
  const requester = createRequester({ network, timeout: TIMEOUT_MS });
  const api = createPeerApi(requester);
  return {
    profile: async (idTag: string) => {
      try {
        await api.fetchProfile(idTag);
        return { answers: true, error: null };
      } catch (error) {
        return { answers: false, error: errorToObject(error) };
      }
    },
    close: () => requester.close(),
  };
}
