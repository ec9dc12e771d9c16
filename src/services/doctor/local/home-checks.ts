/** Checks of an instance from inside: its home, disk, store, keys and certificates. */
import type { ErrorCode } from '../../../protocol/error-table.ts';
import { ERRORS } from '../../../protocol/error-table.ts';
import type { FileSystem } from '../../../store/disk/file-systems.ts';
import type { Problem } from '../../home/status-problems.ts';
import { isTight } from '../../peers/stranger-limits.ts';
import type { FaultId } from '../faults.ts';
import { type Fault, type Outcome, well } from '../finding.ts';
import type { HomeLook } from './home-look.ts';

const MIB = 1024 * 1024;
/** The share of files and descriptors from which on there are few. */
const FEW = 0.05;
const MOST = 0.8;

/** The home: who works on it, and whether anybody is hosted. */
export async function homeCheck({ status }: HomeLook): Promise<Outcome> {
  const { home, server, identities, network } = status;
  const who = server ? `served at ${server.url} by process ${server.pid}` : 'no server';
  const names = identities.map(({ idTag }) => idTag).join(', ');
  const told = `${home}, ${who}${network === 'public' ? '' : `, network: ${network}`}; ${names}`;
  const faults = faultsOf(status.problems, { 'usage.network': 'network-file', 'identity.none': 'no-identity' });
  return { ...well(told), faults };
}

/** The disks: room, inodes, descriptors, and whether they take writes. */
export async function diskCheck({ status, machine, deps }: HomeLook): Promise<Outcome> {
  const [disks, descriptors] = await Promise.all([deps.disk.rooms(), machine.descriptors()]);
  const faults = faultsOf(status.problems, {
    'store.full': 'disk-full',
    'store.io': 'disk-broken',
    'store.descriptors': 'no-descriptors',
    'server.descriptors': 'no-descriptors',
  }).map(withoutDescriptors);
  const told = disks.map((disk) => (disks.length > 1 ? `${disk.mount}: ${roomText(disk)}` : roomText(disk)));
  const takesWrites = faults.length === 0;
  for (const disk of disks) {
    if (takesWrites && isTight(disk, deps.settings.limits.minFree)) faults.push(lowRoom(disk, deps.settings.limits));
    if (disk.inodes > 0 && disk.freeInodes < disk.inodes * FEW) {
      const evidence = [`${placeText(disk)}: ${disk.freeInodes} of ${disk.inodes} inodes are free`];
      faults.push({ fault: 'inodes-low', code: 'store.low', evidence });
    }
  }
  if (descriptors) {
    const { open, limit } = descriptors;
    told.push(`${open} of ${limit} descriptors open`);
    const evidence = [`${open} of ${limit} files and connections are open`];
    const known = faults.some(({ fault }) => fault === 'no-descriptors');
    if (open >= limit - 1 && !known) faults.push({ fault: 'no-descriptors', code: 'check.home', evidence });
    else if (open >= limit * MOST && !known) faults.push({ fault: 'descriptors-low', code: 'check.home', evidence });
  }
  return { ...well(told.join(', ')), faults };
}

function lowRoom(disk: FileSystem, { minFree }: { minFree: number }): Fault {
  const kept = `${Math.floor(minFree / MIB)} MiB are to be kept free, or a tenth of a small disk`;
  return { fault: 'disk-low', code: 'store.low', evidence: [`${placeText(disk)}: ${roomText(disk)}; ${kept}`] };
}

function roomText({ free, total, inodes, freeInodes }: FileSystem): string {
  const room = `${Math.floor(free / MIB)} of ${Math.floor(total / MIB)} MiB free`;
  return inodes > 0 ? `${room}, ${freeInodes} inodes free` : room;
}

function placeText({ mount, paths }: FileSystem): string {
  return `${paths[0]} (mounted at ${mount})`;
}

/** A probe that can open no file says so by the code of its error. */
function withoutDescriptors(fault: Fault): Fault {
  return fault.evidence.some((text) => /\bE[MN]FILE\b/.test(text)) ? { ...fault, fault: 'no-descriptors' } : fault;
}

/** The store: the journal as it was found, as far as it was read. */
export async function storeCheck({ status }: HomeLook): Promise<Outcome> {
  const { store, problems } = status;
  const { unread, replayed } = store.recovery;
  const read =
    unread === 0
      ? 'the journal was read and is whole'
      : `${replayed} records of the journal were read and are whole; ${unread} before them were not, for the saved index has them (cloudillo store check reads all)`;
  const told = `${read}, actions: ${store.actions}`;
  const faults = faultsOf(problems, {
    'store.damaged': 'journal-damaged',
    'store.read-only': 'store-stopped',
    'store.torn': 'journal-torn',
  });
  return { ...well(told), faults };
}

/** The keys that sign here. */
export async function ownKeysCheck({ status }: HomeLook): Promise<Outcome> {
  const told = status.identities.map(({ idTag, keys }) => {
    const signing = keys.find(({ state }) => state === 'signing');
    return `${idTag} signs with ${signing?.keyId ?? 'nothing'}`;
  });
  const faults = status.problems.flatMap((problem): Fault[] => {
    if (!problem.code.startsWith('key.')) return [];
    return [faultOf(problem, problem.code === 'key.expires' ? 'own-key-ends' : 'key-unusable')];
  });
  return { ...well(told.join(', ')), faults };
}

/** The certificates of the server, and their keys. */
export async function certificateCheck({ status }: HomeLook): Promise<Outcome | { skipped: string }> {
  const { certificate, ownCertificates, renewals, problems } = status;
  const all = [certificate, ...ownCertificates].filter((each) => each !== null);
  if (all.length + renewals.length === 0) return { skipped: 'none is set: a proxy ends TLS, or nothing is served' };
  const faults = faultsOf(problems, {
    'tls.unreadable': 'certificate-unreadable',
    'tls.expired': 'own-certificate',
    'tls.name': 'own-certificate',
    'tls.expires': 'own-certificate-ends',
    'tls.renewal': 'certificate-not-renewed',
  });
  const told = new Set([
    ...all.map(({ path, daysLeft }) => `${path}, ${daysLeft} days left`),
    ...renewals.map(({ idTag, nextAt }) => `${idTag}: renewal at ${nextAt}`),
  ]);
  return { ...well([...told].join(', ')), faults };
}

/** The faults that the problems of `status` are. */
export function faultsOf(problems: readonly Problem[], faults: Readonly<Record<string, FaultId>>): Fault[] {
  return problems.flatMap((problem) => {
    const fault = faults[problem.code];
    return fault === undefined ? [] : [faultOf(problem, fault)];
  });
}

function faultOf({ code, message, hint }: Problem, fault: FaultId): Fault {
  const known = code in ERRORS ? (code as ErrorCode) : 'check.home';
  return { fault, code: known, evidence: [message], facts: { hint } };
}
