/** The ownership of a home: one process at a time. */
import { mkdir, rename, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { CloudilloError } from '../../protocol/errors.ts';
import { shellWord } from '../../protocol/shell-word.ts';
import { diskError, hasErrno } from '../disk/disk-errors.ts';
import { DIRECTORY_MODE } from '../disk/durable-file.ts';
import type { Fence } from './fence.ts';
import { clean, hasNext, highestOwner, LINK, ownerName, pointLink, preparedName, SOCKET } from './generations.ts';
import { isDeadSocket, type ShortDirectory, shortDirectory } from './socket-path.ts';

/** The ownership of a home. Only its holder may open the store. */
export interface HomeLock {
  /** Listens on `control.sock`. A `connection` handler serves the processes that come later. */
  readonly server: Server;
  /** The number of this owner, counted from 1. */
  readonly generation: number;
  /** Held until {@link HomeLock.release}. */
  readonly fence: Fence;
  /** Names in the home that look like an owner's and aren't. They were left alone. */
  readonly unknown: readonly string[];
  /** Stops listening and releases the home. Close the store first. */
  release(): Promise<void>;
}

/** The log message for {@link HomeLock.unknown}. */
export const UNKNOWN_OWNERS = 'names in the home look like an owner’s but are not; they are left alone';

const ATTEMPTS = 100;

/**
 * Takes a home. Of any number of processes that try at once, exactly one gets it. A listening socket is prepared in a directory
 * of its own, which is then renamed to `own.<n+1>`. A rename onto a directory that isn't empty fails, so two processes can't take
 * one number. Nothing is ever unlinked to make room (connect, unlink, bind lets several win), and the highest `own.<n>` is never
 * deleted.
 * @returns null when a running process owns it: reach it with {@link connectOwner}
 * @throws {CloudilloError} `home.not-writable`; `store.io` | `store.full` | `store.read-only`; `home.busy` when the owners change too fast
 */
export async function acquireHome(root: string): Promise<HomeLock | null> {
  const name = preparedName();
  const short = await shorten(root, `${name}/${SOCKET}`);
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const highest = await highestOwner(root);
      if (highest > 0 && (await isAlive(short.path, `${ownerName(highest)}/${SOCKET}`))) return null;
      if (!hasNext(highest)) throw lastOwner(root, highest);
      const lock = await take(root, short.path, `${name}.${attempt}`, highest + 1);
      if (lock) return lock;
    }
  } catch (error) {
    throw hasErrno(error, 'EACCES', 'EPERM') ? notWritable(root, error) : diskError(error, 'take the home', root);
  } finally {
    await short.close();
  }
  throw busy(root, 'changes owner too fast to take it');
}

/**
 * Connects to the present owner of the home.
 * @returns null when there is none (then take it with {@link acquireHome})
 * @throws {CloudilloError} `store.io`; `home.busy` when too many wait for it
 */
export async function connectOwner(root: string): Promise<Socket | null> {
  let short: ShortDirectory;
  try {
    short = await shortDirectory(root, LINK);
  } catch (error) {
    if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return null;
    throw diskError(error, 'reach the home’s owner', join(root, LINK));
  }
  try {
    return await connectTo(join(short.path, LINK));
  } catch (error) {
    if (isDeadSocket(error)) return null;
    if (hasErrno(error, 'EAGAIN')) throw busy(root, 'is owned by a process that is too busy to answer');
    throw diskError(error, 'reach the home’s owner', join(root, LINK));
  } finally {
    await short.close();
  }
}

function busy(root: string, what: string): CloudilloError {
  return new CloudilloError('home.busy', `The home ${root} ${what}`, {
    stage: 'home',
    hint: 'Try again in a moment.',
    details: { home: root },
  });
}

/** The error for a directory that another program made: no process of this one reaches such a number. */
function lastOwner(root: string, n: number): CloudilloError {
  const path = join(root, ownerName(n));
  return new CloudilloError('home.damaged', `${path} stands in the way: no owner's number comes after it`, {
    stage: 'home',
    hint: `Move it out of the home: mv ${shellWord(path)} ${shellWord(`${root}.${ownerName(n)}`)}`,
    details: { home: root },
  });
}

/** The home is this user's, which was checked before. */
function notWritable(root: string, cause: unknown): CloudilloError {
  const closed = hasErrno(cause, 'EACCES');
  const why = closed ? 'its mode forbids it' : 'an attribute of it, or its file system, forbids it';
  return new CloudilloError('home.not-writable', `The home ${root} can't be written to: ${why}`, {
    stage: 'home',
    hint: closed
      ? `Open it for its owner: chmod 700 ${shellWord(root)}`
      : `Opening the store writes there even to read it: make it writable, or copy it (cp -a ${shellWord(root)} DIR) and name the copy with --home`,
    cause,
    details: { home: root },
  });
}

async function shorten(root: string, file: string): Promise<ShortDirectory> {
  try {
    return await shortDirectory(root, `${file}.99`);
  } catch (error) {
    throw diskError(error, 'take the home', root);
  }
}

/** One attempt at generation `n`. @returns null when another process was faster */
async function take(root: string, shortRoot: string, prepared: string, n: number): Promise<HomeLock | null> {
  await mkdir(join(root, prepared), { mode: DIRECTORY_MODE });
  let server: Server;
  try {
    server = await listen(join(shortRoot, prepared, SOCKET));
  } catch (error) {
    await rm(join(root, prepared), { recursive: true, force: true });
    throw error;
  }
  try {
    await rename(join(root, prepared), join(root, ownerName(n)));
  } catch (error) {
    await closeServer(server);
    await rm(join(root, prepared), { recursive: true, force: true });
    // ENOENT: an owner that can't see this process (another container) has removed it. Start again.
    if (hasErrno(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT')) return null;
    throw error;
  }
  try {
    // A process that slept between the check and the rename may have taken a number that later owners had cleaned away. Only true
    // owners write the link, always upwards, and before they clean, so it can't be missed.
    if ((await highestOwner(root)) > n) {
      await closeServer(server);
      return null;
    }
    await pointLink(root, n);
  } catch (error) {
    // Otherwise this process would own the home without knowing.
    await closeServer(server);
    throw error;
  }
  const unknown = await clean(root, n);
  return { generation: n, server, unknown, ...fenced(root, n, () => closeServer(server)) };
}

/** The fence of an owner, and the release that ends it. */
function fenced(root: string, number: number, release: () => Promise<void>): Pick<HomeLock, 'fence' | 'release'> {
  let released = false;
  const assertHeld = (): void => {
    if (!released) return;
    throw new CloudilloError('store.fenced', `The home ${root} was given up: nothing more is written`, {
      stage: 'store',
      retryable: true,
    });
  };
  return {
    fence: { number, assertHeld },
    release: () => {
      // Before another process can take it.
      released = true;
      return release();
    },
  };
}

/** The symbol under which a server holds its connections, so that a release doesn't wait for idle clients. */
const CONNECTIONS = Symbol('connections');

type ListeningServer = Server & { [CONNECTIONS]?: Set<Socket> };

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server: ListeningServer = createServer();
    const open = new Set<Socket>();
    server[CONNECTIONS] = open;
    server.on('connection', (socket) => {
      open.add(socket);
      socket.once('close', () => open.delete(socket));
    });
    holdUntilHandled(server);
    server.once('error', reject);
    server.listen({ path, backlog: 511 }, () => {
      server.off('error', reject);
      // A connection that couldn't be accepted (no descriptors): its client tries again.
      server.on('error', () => {});
      resolve(server);
    });
  });
}

/**
 * Holds early connections until there is a handler. A client may connect before the owner is ready; without this it would hang
 * for ever.
 */
function holdUntilHandled(server: Server): void {
  const waiting: Socket[] = [];
  const hold = (socket: Socket): void => {
    // The client has gone. The handler finds the socket closed.
    socket.on('error', () => {});
    waiting.push(socket);
  };
  server.on('connection', hold);
  const handOver = (event: string | symbol): void => {
    if (event !== 'connection') return;
    server.off('newListener', handOver);
    server.off('connection', hold);
    process.nextTick(() => {
      for (const socket of waiting) server.emit('connection', socket);
    });
  };
  server.on('newListener', handOver);
}

function closeServer(server: ListeningServer): Promise<void> {
  return new Promise((resolve) => {
    // The only error is "not running": it was released already.
    server.close(() => resolve());
    for (const socket of server[CONNECTIONS] ?? []) socket.destroy();
  });
}

function connectTo(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

async function isAlive(shortRoot: string, socket: string): Promise<boolean> {
  try {
    (await connectTo(join(shortRoot, socket))).destroy();
    return true;
  } catch (error) {
    if (isDeadSocket(error)) return false;
    // EAGAIN: the backlog is full. The owner runs and is busy.
    if (hasErrno(error, 'EAGAIN')) return true;
    throw error;
  }
}
