/** Runs a command in a fresh sandbox: the work of `sandbox exec`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { shellWord } from '../../protocol/shell-word.ts';
import type { SandboxReady } from '../../sandbox/lifecycle/ready-report.ts';
import { usageError } from '../output/output.ts';
import { isTerminal } from '../output/sink.ts';
import { ownProgram } from '../process/program.ts';
import { leaveSignal } from '../process/stop-signal.ts';
import { describeEnd, runSandbox, type SandboxRequest, temporaryDirectory } from './sandbox-run.ts';

/** What to run, and where. */
export interface SandboxExec extends Pick<SandboxRequest, 'idTags' | 'members' | 'addresses'> {
  command: readonly [string, ...string[]];
  /** The signals that this process got. */
  stop: AbortSignal;
  /** Told of a server that ended by itself: the command goes on. */
  onServerEnd: (text: string) => void;
}

/**
 * Starts a sandbox in a temporary directory, runs the command, and removes everything.
 * @returns the exit code of the command; 128 and its number for a signal that ended it, as a shell reports it
 * @throws CloudilloError `usage.value` when the command can't be started; as {@link runSandbox}
 */
export async function sandboxExec({ command, stop, onServerEnd, ...wanted }: SandboxExec): Promise<number> {
  const request = { ...wanted, port: 0, dnsPort: 0, ephemeral: true };
  const directory = await temporaryDirectory();
  const running: { child?: ChildProcess } = {};
  let code: number | undefined;
  const untilAsked = new AbortController();
  try {
    await runSandbox({ ...request, directory }, untilAsked.signal, {
      ready: async (sandbox) => {
        if (!stop.aborted) code = await run(command, await environment(sandbox), stop, running);
        return false;
      },
      ended: (end) => onServerEnd(describeEnd(end)),
      goesOn: true,
    });
  } finally {
    // Somebody ended the sandbox by another command.
    running.child?.kill('SIGTERM');
  }
  return code ?? exitCodeOf(stop.aborted ? (stop.reason as NodeJS.Signals) : 'SIGTERM');
}

function run(
  [program, ...words]: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv,
  stop: AbortSignal,
  running: { child?: ChildProcess },
): Promise<number> {
  const pass = (signal: NodeJS.Signals) => running.child?.kill(signal);
  const onHangup = () => pass('SIGHUP');
  // Before the command runs, which may have somebody send it: without a listener SIGHUP would end this process, and leave the command.
  process.on('SIGHUP', onHangup);
  const child = spawn(program, words, { env, stdio: 'inherit' });
  running.child = child;
  // A terminal gives Ctrl-C to the command itself, as often as it is typed.
  const takeBack = isTerminal(0) ? leaveSignal('SIGINT') : () => {};
  const onStop = () => pass(stop.reason as NodeJS.Signals);
  const onExit = () => child.kill('SIGKILL');
  stop.addEventListener('abort', onStop, { once: true });
  process.once('exit', onExit);
  return new Promise<number>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => reject(notStarted(program, error)));
    child.once('exit', (code, signal) => resolve(code ?? exitCodeOf(signal ?? 'SIGTERM')));
  }).finally(() => {
    delete running.child;
    takeBack();
    stop.removeEventListener('abort', onStop);
    process.off('SIGHUP', onHangup);
    process.off('exit', onExit);
  });
}

function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

function notStarted(program: string, error: NodeJS.ErrnoException) {
  const [why, hint] = WHY_NOT[error.code ?? ''] ?? [error.message, undefined];
  return usageError('usage.value', `${program} can't be started: ${why}`, hint);
}

const WHY_NOT: Readonly<Record<string, [why: string, hint: string]>> = {
  ENOENT: ['there is no such command', "Is it in the PATH? A line for a shell needs one: -- sh -c '…'"],
  EACCES: [
    'it is no file that this user may execute',
    'Is it a directory? Else: chmod +x, or name what runs it: -- sh FILE',
  ],
};

/**
 * The environment of the command. The settings of the user are for other homes. The program itself is in the PATH, whichever way it
 * was started.
 */
async function environment(sandbox: SandboxReady): Promise<NodeJS.ProcessEnv> {
  const { dir, ca, network, dns, identities } = sandbox;
  const mine = Object.entries(process.env).filter(([name]) => !/^CLOUDILLO_(?!NO_CODE_CACHE$)/.test(name));
  const homes = join(dir, 'homes');
  return {
    ...Object.fromEntries(mine),
    PATH: [await makeShim(dir), process.env['PATH']].filter(Boolean).join(delimiter),
    CLOUDILLO_HOME: identities[0]?.home,
    CLOUDILLO_NETWORK: network,
    SANDBOX_DIR: dir,
    SANDBOX_HOMES: homes,
    SANDBOX_NETWORK: network,
    SANDBOX_CA: ca,
    SANDBOX_DNS: `${dns.address}:${dns.port}`,
    NODE_EXTRA_CA_CERTS: ca,
  };
}

/** @returns the directory that holds `cloudillo` */
async function makeShim(dir: string): Promise<string> {
  const bin = join(dir, 'bin');
  const path = join(bin, 'cloudillo');
  await mkdir(bin, { mode: 0o700 });
  await writeFile(path, `#!/bin/sh\nexec ${ownProgram().map(shellWord).join(' ')} "$@"\n`);
  await chmod(path, 0o700);
  return bin;
}
