/** The report of a sandbox that is up. */
import { identityPaths, type SandboxPaths } from '../directory/paths.ts';
import { addressOf, type SandboxState } from '../directory/state.ts';
import { curlLine } from '../network/curl-line.ts';

/** A running sandbox, for people and programs. */
export interface SandboxReady {
  ready: true;
  dir: string;
  /** The process of `sandbox up`. */
  pid: number;
  ephemeral: boolean;
  dns: { address: string; port: number };
  /** The paths of the authority's certificate and of the network file. */
  ca: string;
  network: string;
  identities: { idTag: string; home: string; address: string; port: number; pid: number; curl: string }[];
  members: { idTag: string; address: string; port: number; cert: string; key: string; curl: string }[];
}

/** Makes the report that `sandbox up` prints when everything answers. */
export function describeSandbox(paths: SandboxPaths, state: SandboxState, ephemeral: boolean): SandboxReady {
  return {
    ready: true,
    dir: paths.root,
    pid: state.pid ?? process.pid,
    ephemeral,
    dns: state.dns,
    ca: paths.ca,
    network: paths.network,
    identities: state.identities.map((one) => {
      const { idTag, with: leader, port, pid } = one;
      const address = addressOf(one);
      const { home } = identityPaths(paths, idTag, leader);
      return { idTag, home, address, port, pid: pid ?? 0, curl: curlLine(idTag, { address, port }, paths.ca) };
    }),
    members: state.members.map(({ idTag, address, port }) => {
      const { certificate, key } = identityPaths(paths, idTag);
      return { idTag, address, port, cert: certificate, key, curl: curlLine(idTag, { address, port }, paths.ca) };
    }),
  };
}
