/** A server as a child process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { CloudilloError, type ErrorObject, errorFromObject } from '../../protocol/errors.ts';

/** A running server of one identity. */
export interface ServerProcess {
  idTag: string;
  pid: number;
  port: number;
  /** Resolves when the process ends, whatever the reason. */
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** SIGTERM, then SIGKILL after `graceMs`; resolves when it is gone. */
  stop(graceMs?: number): Promise<void>;
}

/** How to start a server. */
export interface ServerProcessOptions {
  /** How this program is started: node and its entry point. */
  program: readonly [string, ...string[]];
  idTag: string;
  home: string;
  /** File that its log is appended to. */
  log: string;
  /** Milliseconds until it has to be ready. Default 30 000. */
  timeout?: number;
}

const GRACE_MS = 10_000;
const READY_MS = 30_000;
const LOG_TAIL = 2000;

/**
 * Starts `serve` for a home and waits until it listens. Settings come from the home's `config.json`, as when a person starts it.
 * @throws CloudilloError the error of the server itself (`network.address-in-use`, `store.…`), or `internal.server-start`
 */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const { idTag, home, log, program } = options;
  const logFile = await open(log, 'a', 0o600);
  const [command, ...first] = program;
  const words = [...first, 'serve', '--home', home, '--json', '--no-input', '--exit-on-stdin-close'];
  // The child has a process group of its own: Ctrl-C reaches the sandbox only, which then stops its servers in order. If the
  // sandbox is killed, their standard input closes, and they stop by themselves.
  const child = spawn(command, words, {
    stdio: ['pipe', 'pipe', logFile.fd],
    env: cleanEnvironment(),
    detached: true,
  });
  const ended = childEnd(child);
  try {
    const port = await readyPort(child, ended, options);
    void drain(child, logFile, ended);
    return { idTag, pid: child.pid as number, port, ended, stop: (graceMs) => stop(child, ended, graceMs) };
  } catch (error) {
    await stop(child, ended, 0);
    await logFile.close();
    throw error;
  }
}

/** The environment without the user's own settings, which are for other homes. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('CLOUDILLO_')));
}

function childEnd(child: ChildProcess): ServerProcess['ended'] {
  return new Promise((resolve) => {
    child.once('error', () => resolve({ code: null, signal: null }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

/** Reads stdout until the ready line, or an error. */
async function readyPort(
  child: ChildProcess,
  ended: ServerProcess['ended'],
  { idTag, log, timeout = READY_MS }: ServerProcessOptions,
): Promise<number> {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const ready = new Promise<number>((resolve, reject) => {
    lines.on('line', (line) => {
      const message = parseLine(line);
      if (message?.error) reject(errorFromObject(message.error));
      else if (message?.ready === true && typeof message.port === 'number') resolve(message.port);
    });
  });
  const clock = timer(timeout);
  try {
    const outcome = await Promise.race([ready, ended.then(() => 'ended' as const), clock.done]);
    if (typeof outcome === 'number') return outcome;
    // The error line may still be in the pipe when the process has ended.
    if (outcome === 'ended') await Promise.race([ready, once(lines, 'close')]);
    throw await notStarted(idTag, log, outcome);
  } finally {
    clock.stop();
    lines.removeAllListeners('line');
    lines.close();
  }
}

function timer(ms: number): { done: Promise<'timeout'>; stop(): void } {
  let handle: NodeJS.Timeout;
  const done = new Promise<'timeout'>((resolve) => {
    handle = setTimeout(() => resolve('timeout'), ms);
  });
  return { done, stop: () => clearTimeout(handle) };
}

function parseLine(line: string): { ready?: unknown; port?: unknown; error?: ErrorObject } | null {
  try {
    return JSON.parse(line);
  } catch {
    // The line is not JSON, so it is not the ready line.
    return null;
  }
}

async function notStarted(idTag: string, log: string, why: 'ended' | 'timeout'): Promise<CloudilloError> {
  const text = await readFile(log, 'utf8');
  const reason = why === 'ended' ? 'ended before it was ready' : 'is not ready after all this time';
  return new CloudilloError('internal.server-start', `The server of ${idTag} ${reason}`, {
    stage: 'server',
    hint: `Its log: ${log}`,
    details: { idTag, log },
    cause: new Error(text.slice(-LOG_TAIL).trim() || 'it logged nothing'),
  });
}

/** Reads the child's output. An unread pipe would fill up and stop the server. */
async function drain(child: ChildProcess, logFile: FileHandle, ended: ServerProcess['ended']): Promise<void> {
  child.stdout?.resume();
  await ended;
  await logFile.close();
}

async function stop(child: ChildProcess, ended: ServerProcess['ended'], graceMs = GRACE_MS): Promise<void> {
  child.kill('SIGTERM');
  const insist = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await ended;
  clearTimeout(insist);
}
