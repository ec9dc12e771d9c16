/** The paths in a sandbox directory. */
import { join, resolve } from 'node:path';
import { idTagToAscii } from '../../protocol/id-tag.ts';

/** The paths of a sandbox (docs/sandbox.md). */
export interface SandboxPaths {
  root: string;
  /** The state: identities, members, ports. */
  state: string;
  /** The network file that all homes share. */
  network: string;
  ca: string;
  caKey: string;
  logs: string;
}

/** The files of one identity. */
export interface IdentityPaths {
  home: string;
  certificate: string;
  key: string;
  /** The log of its server. */
  log: string;
}

/** The paths of a sandbox. Nothing is created. */
export function sandboxPaths(directory: string): SandboxPaths {
  const root = resolve(directory);
  return {
    root,
    state: join(root, 'sandbox.json'),
    network: join(root, 'network.json'),
    ca: join(root, 'ca.pem'),
    caKey: join(root, 'ca.key'),
    logs: join(root, 'logs'),
  };
}

/**
 * The paths of one identity. Directories are named by the A-label form, so that every file system takes them.
 * @param leader the identity whose home it shares
 */
export function identityPaths({ root, logs }: SandboxPaths, idTag: string, leader = idTag): IdentityPaths {
  const ascii = idTagToAscii(idTag);
  return {
    home: join(root, 'homes', idTagToAscii(leader)),
    certificate: join(root, 'certs', ascii, 'cert.pem'),
    key: join(root, 'certs', ascii, 'key.pem'),
    log: join(logs, `${idTagToAscii(leader)}.log`),
  };
}
