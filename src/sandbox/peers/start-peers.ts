/** Plays members of a sandbox whose servers are somebody else's: for a run against the other members. */
import { access, readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type SandboxNetwork, sandboxEndpoint } from '../../federation/http/network.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { idTagToAscii } from '../../protocol/id-tag.ts';
import { ensureAuthority, ensureCertificate } from '../certificates/certificates.ts';
import { identityPaths, type SandboxPaths, sandboxPaths } from '../directory/paths.ts';
import { type ListeningPeer, startOwnPeer } from './own-peer.ts';

/** Where the sandbox is, and which of its members to play. */
export interface StartPeersOptions {
  network: SandboxNetwork;
  /** The network file, which stands in the sandbox's directory. */
  networkFile: string;
  idTags: readonly string[];
  /** Unix milliseconds. */
  now: () => number;
}

/**
 * Starts peers at the places that the sandbox has for them. All of them listen, or none.
 * @throws CloudilloError `usage.member`: no member, or no sandbox of this machine; `network.port-in-use`; `store.*`
 */
export async function startPeers(options: StartPeersOptions): Promise<ListeningPeer[]> {
  const { network, networkFile, idTags, now } = options;
  if (idTags.length === 0) return [];
  const paths = sandboxPaths(dirname(resolve(networkFile)));
  await assertSandbox(paths);
  const started: ListeningPeer[] = [];
  try {
    for (const idTag of idTags) started.push(await startPeer(network, paths, idTag, now));
    return started;
  } catch (error) {
    await Promise.all(started.map((peer) => peer.close()));
    throw error;
  }
}

async function startPeer(
  network: SandboxNetwork,
  paths: SandboxPaths,
  idTag: string,
  now: () => number,
): Promise<ListeningPeer> {
  const endpoint = sandboxEndpoint(network, idTagToAscii(idTag));
  if (!endpoint) {
    throw new CloudilloError('usage.member', `${idTag} is no member of the sandbox in ${paths.root}`, {
      stage: 'input',
      hint: `Start the sandbox with a place for it: --member ${idTag}=127.0.0.1:9443. Its servers learn members at their start.`,
      details: { idTag },
    });
  }
  const at = new Date(now());
  const files = identityPaths(paths, idTag);
  await ensureCertificate(await ensureAuthority(paths, at), files, idTag, at);
  const [certificate, key] = await Promise.all([readFile(files.certificate, 'utf8'), readFile(files.key, 'utf8')]);
  return startOwnPeer({ idTag, endpoint, certificate: { certificate, key }, now });
}

/** The authority of another machine's sandbox can't be used, and making a new one would help nobody. */
async function assertSandbox(paths: SandboxPaths): Promise<void> {
  try {
    await access(paths.caKey);
  } catch (cause) {
    throw new CloudilloError('usage.member', `${paths.root} is not the directory of a sandbox: it has no ca.key`, {
      stage: 'input',
      hint: 'Name the network file in the directory of the sandbox (--network), or leave out --peer.',
      cause,
    });
  }
}
