/** Home directories: making and opening them. */
import type { Stats } from 'node:fs';
import { chmod, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { CloudilloError } from '../../protocol/errors.ts';
import { shellWord } from '../../protocol/shell-word.ts';
import { diskError, hasErrno } from '../disk/disk-errors.ts';
import type { ProbedDirectories } from '../disk/disk-space.ts';
import { parseDocument } from '../disk/durable-adapter.ts';
import { DIRECTORY_MODE, exposedMode, makePath, syncDirectory, writeDurably } from '../disk/durable-file.ts';
import { MIGRATIONS, type Migration } from './migrations.ts';

/** The layout version that these migrations lead to. */
function latestSchema(migrations: readonly Migration[]): number {
  return 1 + migrations.length;
}

/** The paths in a home directory (docs/home-directory.md). */
export interface HomePaths {
  root: string;
  /** `{ schema, createdAt }` */
  marker: string;
  config: string;
  identities: string;
  journal: string;
  index: string;
  blobs: string;
  cache: string;
  /** Accounts at certificate authorities. */
  acme: string;
  /** The symbolic link to the owner's socket, which is both lock and door. */
  socket: string;
}

/** The content of `home.json`. */
export interface HomeMarker {
  schema: number;
  /** ISO 8601 */
  createdAt: string;
  /** The migrations that were run, in order. `to` is the resulting schema, `at` ISO 8601. */
  migrated?: { to: number; name: string; at: string }[];
}

/** The paths of a home. Nothing is created. */
export function homePaths(root: string): HomePaths {
  const absolute = resolve(root);
  return {
    root: absolute,
    marker: join(absolute, 'home.json'),
    config: join(absolute, 'config.json'),
    identities: join(absolute, 'identities'),
    journal: join(absolute, 'journal'),
    index: join(absolute, 'index'),
    blobs: join(absolute, 'blobs'),
    cache: join(absolute, 'cache'),
    acme: join(absolute, 'acme'),
    socket: join(absolute, 'control.sock'),
  };
}

/** The directories of a home that are written, for probes of their disks. */
export function probedDirectories(home: string): ProbedDirectories {
  const { root, identities, journal, index, blobs, cache } = homePaths(home);
  return { needed: [journal, blobs], others: [root, identities, index, cache] };
}

/**
 * Makes a home, or does nothing when there is one. An existing empty directory is used. One with other files is refused, because
 * its mode would change while somebody uses it.
 * @returns whether it was made now
 * @throws {CloudilloError} `home.not-empty`, and those of {@link openHomeDir} but `home.missing`
 */
export async function createHome(root: string, now: Date): Promise<boolean> {
  const paths = homePaths(root);
  if (!(await canCreateHome(root))) return false;
  try {
    const folders = [paths.identities, paths.journal, paths.index, paths.blobs, paths.cache];
    for (const folder of [paths.root, ...folders]) {
      await makePath(folder, DIRECTORY_MODE);
      await chmod(folder, DIRECTORY_MODE);
    }
  } catch (error) {
    throw diskError(error, 'make the home directory', paths.root);
  }
  const marker: HomeMarker = { schema: latestSchema(MIGRATIONS), createdAt: now.toISOString() };
  try {
    // The marker comes last: a home that has it is complete.
    await writeDurably(paths.marker, `${JSON.stringify(marker)}\n`, { exclusive: true });
  } catch (error) {
    if (hasErrno(error, 'EEXIST')) return false;
    throw error;
  }
  await syncDirectory(join(paths.root, '..'));
  return true;
}

/**
 * The checks of {@link createHome}, before it changes anything.
 * @returns false when there is a home already
 * @throws {CloudilloError} as {@link createHome}
 */
export async function canCreateHome(root: string): Promise<boolean> {
  const paths = homePaths(root);
  const found = await statOrNull(paths.root);
  if (!found) {
    await assertPlaceIsOurs(paths.root);
    return true;
  }
  await assertOwned(found, paths.root);
  if (await statOrNull(paths.marker)) {
    await openHomeDir(root);
    return false;
  }
  await assertAdoptable(paths);
  return true;
}

/**
 * Checks that a directory is a home that this user may use.
 * @throws {CloudilloError} `home.missing`, `home.foreign` (another user's, also for root), `home.mode` (open to others),
 *   `home.newer` (written by a later version), `store.document`
 */
export async function openHomeDir(
  root: string,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<HomePaths & HomeMarker> {
  const latest = latestSchema(migrations);
  const paths = homePaths(root);
  const found = await statOrNull(paths.root);
  if (!found) throw missing(paths.root);
  await assertOwned(found, paths.root);
  let text: string;
  try {
    text = await readFile(paths.marker, 'utf8');
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) throw missing(paths.root);
    throw diskError(error, 'read the home', paths.marker);
  }
  assertPrivate(found, paths.root);
  const marker = parseDocument(paths.marker, text, parseMarker);
  if (marker.schema > latest) {
    throw new CloudilloError(
      'home.newer',
      `The home ${paths.root} has layout ${marker.schema}; this version of cloudillo understands up to ${latest}`,
      { stage: 'home', hint: 'Install a newer cloudillo; nothing was changed.', details: { schema: marker.schema } },
    );
  }
  return { ...paths, ...marker };
}

function parseMarker(json: unknown): HomeMarker {
  // A marker without a version is of the first one.
  const { schema = 1, createdAt, migrated } = (json ?? {}) as Partial<HomeMarker>;
  if (!Number.isSafeInteger(schema) || schema < 1) throw new Error('"schema" must be a positive integer');
  if (typeof createdAt !== 'string') throw new Error('"createdAt" must be a date');
  if (migrated !== undefined && !Array.isArray(migrated)) throw new Error('"migrated" must be a list');
  return { schema, createdAt, ...(migrated && { migrated }) };
}

async function statOrNull(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return null;
    if (!hasErrno(error, 'EACCES')) throw diskError(error, 'read the attributes of the home', path);
    throw new CloudilloError('home.foreign', `This user may not enter ${path}`, {
      stage: 'home',
      hint: 'Run it as the user that the home belongs to, or name another with --home or CLOUDILLO_HOME.',
      cause: error,
      details: { home: path },
    });
  }
}

function missing(root: string): CloudilloError {
  return new CloudilloError('home.missing', `There is no cloudillo home at ${root}`, {
    stage: 'home',
    hint: 'Make one with: cloudillo init IDTAG, or name another with --home or CLOUDILLO_HOME.',
    details: { home: root },
  });
}

// Root is refused, too: a server that runs as the owner couldn't read root's files.
async function assertOwned(found: Stats, root: string): Promise<void> {
  const uid = process.getuid?.();
  if (!found.isDirectory()) {
    throw new CloudilloError('home.missing', `${root} isn't a directory`, {
      stage: 'home',
      hint: 'Name the directory of a home with --home or CLOUDILLO_HOME.',
      details: { home: root },
    });
  }
  if (uid !== undefined && found.uid !== uid) throw await foreign(root, found.uid, uid);
}

// `sudo cloudillo init` often keeps HOME: the home would be made in the user's directory, and belong to root.
async function assertPlaceIsOurs(root: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  for (let place = dirname(root); ; place = dirname(place)) {
    const found = await statOrNull(place);
    if (found && found.uid !== 0) throw await foreign(root, found.uid, 0);
    if (found) return;
  }
}

async function foreign(root: string, owner: number, uid: number): Promise<CloudilloError> {
  const name = await userName(owner);
  return new CloudilloError('home.foreign', `The home ${root} belongs to another user (${name ?? `uid ${owner}`})`, {
    stage: 'home',
    hint: `Run it as that user: sudo -u ${name ?? `'#${owner}'`} cloudillo … --home ${shellWord(root)}`,
    details: { home: root, owner, uid },
  });
}

async function userName(uid: number): Promise<string | null> {
  try {
    const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
    return lines.find(([, , id]) => id === String(uid))?.[0] ?? null;
  } catch {
    // The name is only for the hint. sudo accepts a number, too.
    return null;
  }
}

function assertPrivate(found: Stats, root: string): void {
  const mode = exposedMode(found.mode);
  if (mode === null) return;
  throw new CloudilloError('home.mode', `The home ${root} is open to other users (mode ${mode})`, {
    stage: 'home',
    hint: `Close it: chmod 700 ${shellWord(root)}`,
    details: { home: root, mode },
  });
}

async function assertAdoptable(paths: HomePaths): Promise<void> {
  const ours = new Set(['identities', 'journal', 'index', 'blobs', 'cache', 'config.json', 'control.sock']);
  const strangers = (await readdir(paths.root)).filter(
    (name) => !ours.has(name) && !/^(own\.\d+|\.(own|home\.json)\..*)$/.test(name),
  );
  if (strangers.length === 0) return;
  throw new CloudilloError('home.not-empty', `${paths.root} holds other files and is no cloudillo home`, {
    stage: 'home',
    hint: 'Name a directory that is empty or doesn’t exist yet.',
    details: { home: paths.root, found: strangers.slice(0, 5) },
  });
}
