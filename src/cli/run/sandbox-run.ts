/** The work of `sandbox up`. */
import { spawn } from 'node:child_process';
import { open, rm } from 'node:fs/promises';
import { devNull } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { CloudilloError, errorFromObject } from '../../protocol/errors.ts';
import { sandboxPaths } from '../../sandbox/directory/paths.ts';
import { prepareDirectory } from '../../sandbox/directory/prepare-directory.ts';
import { describeSandbox, type SandboxReady } from '../../sandbox/lifecycle/ready-report.ts';
import { type SandboxOptions, type ServerEnd, startSandbox } from '../../sandbox/lifecycle/sandbox.ts';
import { EPHEMERAL_PREFIX, sweepKilled } from '../../sandbox/lifecycle/sweep-killed.ts';
import { systemClock } from '../../services/runtime/system-clock.ts';
import { makeTemporaryDirectory } from '../../store/disk/temporary-directory.ts';
import { ownProgram } from '../process/program.ts';

/** The options of `sandbox up`. */
export type SandboxRequest = Omit<SandboxOptions, 'program' | 'clock'>;

/** Receives the events of a sandbox. */
export interface SandboxListener {
  /** The sandbox is up. It ends when this rejects, or when it resolves to false. */
  ready(sandbox: SandboxReady): undefined | Promise<boolean>;
  /** A server ended by itself. */
  ended(end: ServerEnd): void;
  /** An ephemeral sandbox goes on without a server that ended: whoever uses it decides. */
  goesOn?: boolean;
}

/** Makes a temporary directory, for a sandbox without `--dir`, and removes those of sandboxes that were killed. */
export async function temporaryDirectory(): Promise<string> {
  await sweepKilled();
  return makeTemporaryDirectory(EPHEMERAL_PREFIX);
}

/**
 * Runs a sandbox until `stop` aborts or another command stops it. An ephemeral sandbox also ends when one of its servers ends by
 * itself, because its purpose can't succeed any more. A lasting one goes on, so that a server can be killed and started again to
 * see what the others do.
 * @throws CloudilloError those of `startSandbox`; `internal.server-exit`
 */
export async function runSandbox(request: SandboxRequest, stop: AbortSignal, listener: SandboxListener): Promise<void> {
  const sandbox = await startSandbox({ ...request, program: ownProgram(), clock: systemClock });
  try {
    const crash = new Promise<never>((_, reject) => {
      sandbox.onServerEnd((end) => {
        listener.ended(end);
        if (request.ephemeral && !listener.goesOn) reject(serverExit(end));
      });
    });
    const shown = listener.ready(describeSandbox(sandbox.paths, sandbox.state, request.ephemeral));
    const done = Promise.resolve(shown).then((stay) => (stay === false ? undefined : new Promise<never>(() => {})));
    await Promise.race([aborted(stop), sandbox.stopRequested, crash, done]);
  } finally {
    await sandbox.stop();
  }
}

/** A sentence on a server that ended by itself. */
export function describeEnd({ idTag, code, signal, log }: ServerEnd): string {
  return `The server of ${idTag} ended by itself (${signal ?? `exit code ${code}`}). Its log: ${log}`;
}

function serverExit(end: ServerEnd): CloudilloError {
  return new CloudilloError('internal.server-exit', describeEnd(end), { stage: 'server', details: { ...end } });
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/**
 * Starts a sandbox in a process of its own, which stays when this one ends, and waits until it is ready. An ephemeral one has no log
 * of its own: its directory has to be empty at the start.
 * @param words the arguments of `sandbox up` for it, without `--detach`
 * @throws CloudilloError the error of that process
 */
export async function detachSandbox(
  directory: string,
  words: readonly string[],
  { ephemeral }: { ephemeral: boolean },
): Promise<SandboxReady> {
  const paths = sandboxPaths(directory);
  await prepareDirectory(paths, { fresh: ephemeral });
  const own = ephemeral ? ['--ephemeral'] : [];
  const log = await open(ephemeral ? devNull : join(paths.logs, 'sandbox.log'), 'a', 0o600);
  try {
    if (ephemeral) await rm(paths.logs, { recursive: true });
    const [command, ...first] = ownProgram();
    const program = [...first, 'sandbox', 'up', ...words, ...own, '--dir', paths.root, '--json', '--no-input'];
    const child = spawn(command, program, { detached: true, stdio: ['ignore', 'pipe', log.fd] });
    const ready = await firstLine(child.stdout as Readable, new Promise((resolve) => child.once('error', resolve)));
    child.stdout?.destroy();
    child.unref();
    return ready;
  } finally {
    await log.close();
  }
}

async function firstLine(stdout: Readable, failure: Promise<unknown>): Promise<SandboxReady> {
  const lines = createInterface({ input: stdout });
  const line = await new Promise<string | null>((resolve, reject) => {
    lines.once('line', resolve);
    lines.once('close', () => resolve(null));
    void failure.then(reject);
  });
  lines.close();
  if (line === null) {
    throw new CloudilloError('internal.server-start', 'The sandbox ended before it was ready', { stage: 'server' });
  }
  const message = JSON.parse(line);
  if (message.error) throw errorFromObject(message.error);
  return message;
}
