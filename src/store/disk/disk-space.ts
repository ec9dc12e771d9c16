/** Tells how much room there is on the disks of a home, and whether they take writes. */
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type CloudilloError, refusedAt } from '../../protocol/errors.ts';
import { diskError } from './disk-errors.ts';
import { FILE_MODE, removeIfThere, temporaryPath } from './durable-file.ts';
import { type FileSystem, fileSystemsOf, mountOf } from './file-systems.ts';

/** Asks about the disks of a home: a directory in it may be a mount of its own. */
export interface DiskSpace {
  /** The file systems, that of the journal first. Empty: the system can't tell. */
  rooms(): Promise<FileSystem[]>;
  /** Tries to write where actions and files are kept. @returns `store.full` or `store.io`; null when they can be stored */
  writeProblem(): Promise<CloudilloError | null>;
  /** Tries to write everywhere. @returns a problem for each file system that takes no writes */
  writeProblems(): Promise<CloudilloError[]>;
  /** The home was opened without its lock, because its disk took no writes. */
  readonly readOnly: boolean;
}

/** The directories that are probed. The next start removes the probes of a killed process. */
export interface ProbedDirectories {
  /** Without them nothing can be taken. The journal is the first. */
  needed: readonly string[];
  /** A server goes on without them. */
  others?: readonly string[];
}

/** The name of a probe, as `temporaryPath` gets it. */
export const PROBE = 'probe';

/** How long an answer is used, milliseconds. */
const FRESH = 2_000;
/** As much as the smallest record of the journal takes on most file systems. Bytes. */
const PROBE_LENGTH = 4096;

/**
 * Asks the file systems of a home, every two seconds at most.
 * @param monotonic milliseconds
 * @param readOnly why the home is only read: then nothing is tried
 */
export function diskSpaceOf(
  { needed, others = [] }: ProbedDirectories,
  monotonic: () => number,
  readOnly: CloudilloError | null = null,
): DiskSpace {
  const all = [...needed, ...others];
  const probes = all.map((directory) => remembered(() => probe(directory), monotonic));
  // One after the other: each takes a descriptor, and there may be few left.
  const problems = async (asked: typeof probes) => {
    const found = new Map<string, CloudilloError>();
    for (const ask of asked) {
      const problem = await ask();
      const place = problem && `${problem.code} ${problem.details?.['mount']}`;
      if (place !== null && !found.has(place)) found.set(place, problem as CloudilloError);
    }
    return [...found.values()];
  };
  return {
    rooms: remembered(() => fileSystemsOf(all), monotonic),
    writeProblem: async () => readOnly ?? (await problems(probes.slice(0, needed.length)))[0] ?? null,
    writeProblems: async () => (readOnly ? [readOnly] : problems(probes)),
    readOnly: readOnly !== null,
  };
}

function remembered<T>(ask: () => Promise<T>, monotonic: () => number): () => Promise<T> {
  let last: { at: number; answer: Promise<T> } | null = null;
  return () => {
    const at = monotonic();
    if (!last || at - last.at >= FRESH) last = { at, answer: ask() };
    return last.answer;
  };
}

/** Makes a file, writes, syncs and removes it: so a full or read-only disk, and a lack of inodes or descriptors, are found. */
async function probe(directory: string): Promise<CloudilloError | null> {
  const path = temporaryPath(join(directory, PROBE));
  let file: FileHandle | null = null;
  try {
    file = await open(path, 'wx', FILE_MODE);
    await file.writeFile(Buffer.alloc(PROBE_LENGTH));
    await file.datasync();
    await file.close();
    file = null;
    await unlink(path);
    return null;
  } catch (error) {
    await file?.close().catch(() => {});
    await removeIfThere(path).catch(() => {});
    const problem = diskError(error, 'write to the home', directory);
    const mount = problem.code === 'store.descriptors' ? null : await mountOf(directory);
    return mount === null ? problem : refusedAt(problem, { facts: { mount } });
  }
}
