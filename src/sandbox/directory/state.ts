/** The state of a sandbox, kept in `sandbox.json`. */
import { isIP } from 'node:net';
import { CloudilloError } from '../../protocol/errors.ts';
import { isCanonicalIdTag } from '../../protocol/id-tag.ts';
import { shellWord } from '../../protocol/shell-word.ts';
import { type Document, openDocument } from '../../store/disk/document.ts';
import type { SandboxPaths } from './paths.ts';

/** An identity whose server the sandbox runs. */
export interface SandboxIdentity {
  idTag: string;
  /** The identity whose home and server it shares; absent when it has its own. */
  with?: string;
  /** The address of its server. Default: that of all of them. */
  address?: string;
  port: number;
  /** The server's process while the sandbox is up; null after an orderly stop. */
  pid: number | null;
}

/** A server that somebody else runs, as a member of the sandbox. */
export interface SandboxMember {
  idTag: string;
  address: string;
  port: number;
}

/** The content of `sandbox.json`. */
export interface SandboxState {
  version: 1;
  /** ISO 8601. */
  createdAt: string;
  dns: { address: string; port: number };
  /** The process of `sandbox up`; null after an orderly stop. */
  pid: number | null;
  /** It is deleted at the end. Absent when it is kept. */
  ephemeral?: true;
  identities: SandboxIdentity[];
  members: SandboxMember[];
}

/** The identities that have a home and a server of their own. */
export function leadersOf({ identities }: Pick<SandboxState, 'identities'>): SandboxIdentity[] {
  return identities.filter((one) => one.with === undefined);
}

/** The address of all servers that the sandbox runs, unless each has its own (`--addresses`). */
export const SANDBOX_ADDRESS = '127.0.0.1';

/** The address of an identity's server. */
export function addressOf({ address = SANDBOX_ADDRESS }: Pick<SandboxIdentity, 'address'>): string {
  return address;
}

/**
 * Opens the state of a sandbox. A new one is written with the first update.
 * @throws CloudilloError `store.document`, `store.io`
 */
export function openState({ state }: SandboxPaths, now: Date): Promise<Document<SandboxState>> {
  const initial: SandboxState = {
    version: 1,
    createdAt: now.toISOString(),
    dns: { address: SANDBOX_ADDRESS, port: 0 },
    pid: null,
    identities: [],
    members: [],
  };
  return openDocument(state, { parse: parseState, initial });
}

/**
 * Reads the state of an existing sandbox.
 * @throws CloudilloError `home.no-sandbox`, `store.document`, `store.io`
 */
export async function readState(paths: SandboxPaths): Promise<Document<SandboxState>> {
  const document = await openState(paths, new Date(0));
  if (document.exists) return document;
  throw new CloudilloError('home.no-sandbox', `There is no sandbox in ${paths.root}`, {
    stage: 'home',
    hint: `Make one with: cloudillo sandbox up alice.test bob.test --dir ${shellWord(paths.root)}, or name another with --dir.`,
    details: { dir: paths.root },
  });
}

/** Parses strictly: these numbers decide which processes get a signal. */
function parseState(json: unknown): SandboxState {
  const state = json as SandboxState;
  const isPort = (value: unknown) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65535;
  const isPid = (value: unknown) => value === null || (Number.isInteger(value) && (value as number) > 1);
  if (state?.version !== 1) throw new Error('"version" must be 1');
  if (typeof state.createdAt !== 'string') throw new Error('"createdAt" must be a date');
  if (typeof state.dns?.address !== 'string' || !isPort(state.dns.port)) throw new Error('"dns" must be an endpoint');
  if (!isPid(state.pid)) throw new Error('"pid" must be a process ID');
  const leaders = new Set<string | undefined>([undefined]);
  for (const { idTag, with: leader, address, port, pid } of asArray(state.identities, 'identities')) {
    const isAddress = address === undefined || isIP(address) !== 0;
    const sound = isCanonicalIdTag(idTag) && isPort(port) && isPid(pid) && leaders.has(leader) && isAddress;
    if (!sound) throw new Error(`"identities": ${idTag} is wrong`);
    if (leader === undefined) leaders.add(idTag);
  }
  for (const { idTag, address, port } of asArray(state.members, 'members')) {
    if (!isCanonicalIdTag(idTag) || typeof address !== 'string' || !isPort(port)) {
      throw new Error(`"members": ${idTag} is wrong`);
    }
  }
  return state;
}

function asArray<T>(value: T[], name: string): T[] {
  if (!Array.isArray(value)) throw new Error(`"${name}" must be a list`);
  return value;
}
