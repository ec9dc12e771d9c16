import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The project's root: the tests run the same `bin/run.js` that a user gets. */
export const PROJECT_ROOT = resolve(import.meta.dirname, '../..');
export const CLI_PATH = join(PROJECT_ROOT, 'bin/run.js');

export interface RunOptions {
  /** Added to (and overriding) the isolated environment; `undefined` removes a variable. */
  env?: Record<string, string | undefined>;
  /** Written to stdin, which is then closed. Default: nothing, closed at once. */
  stdin?: string | Uint8Array;
  /** Leave stdin open; write to `child.stdin`. */
  keepStdin?: boolean;
  cwd?: string;
  /** Kill the process after so many milliseconds. Default: 45 s. */
  timeout?: number;
  /** Another Node binary. Default: the one that runs the tests. */
  node?: string;
  /** Another entry point (an installed package, say). Default: this project's `bin/run.js`. */
  bin?: string;
}

export interface CliResult {
  /** The exit code; null when a signal ended the process. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** stdout as one JSON document; throws with stdout and stderr in the message when it isn't one. */
  // biome-ignore lint/suspicious/noExplicitAny: what a command prints is the test's business to check
  readonly json: any;
  /** stdout as NDJSON: one parsed value a line. */
  // biome-ignore lint/suspicious/noExplicitAny: see above
  readonly lines: any[];
}

/** A running command, for tests that talk to it while it runs. */
export interface RunningCli {
  child: ChildProcess;
  /** Resolves with the first line of stdout that the predicate accepts; rejects when the process ends before. */
  line(accepts: (line: string) => boolean): Promise<string>;
  /** What standard error holds so far. */
  stderr(): string;
  done: Promise<CliResult>;
}

/** Where all of a test run's directories are, removed at its end (test/support/global-setup.ts). */
function runDirectory(): string {
  const directory = process.env['TEST_DIRECTORY'];
  if (directory === undefined) throw new Error('test/support/global-setup.ts has not run');
  return directory;
}

/** A fresh directory for one test; removed at the end of the run. */
export function temporaryDirectory(prefix = 't-'): string {
  return mkdtempSync(join(runDirectory(), prefix));
}

/**
 * The environment of every test run: nothing inherited but PATH, own HOME and XDG directories, never a `CLOUDILLO_*`.
 * Only the compile cache is shared between runs (test/support/global-setup.ts), so that each run doesn't compile anew.
 */
export function isolatedEnv(extra: Record<string, string | undefined> = {}): Record<string, string> {
  const home = temporaryDirectory('home-');
  const cache = join(runDirectory(), 'cache');
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const env: Record<string, string | undefined> = {
    PATH: process.env['PATH'],
    HOME: home,
    XDG_DATA_HOME: join(home, 'data'),
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_STATE_HOME: join(home, 'state'),
    XDG_CACHE_HOME: cache,
    ...extra,
  };
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

const running = new Set<ChildProcess>();

/** Ends what this test process has started and not seen end. */
export function endSurvivors(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Starts the real binary with an isolated environment and no terminal. */
export function startCli(args: readonly string[], options: RunOptions = {}): RunningCli {
  const child = spawn(options.node ?? process.execPath, [options.bin ?? CLI_PATH, ...args], {
    cwd: options.cwd ?? runDirectory(),
    env: isolatedEnv(options.env),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  running.add(child);
  let stdout = '';
  let stderr = '';
  const watchers = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
    for (const check of watchers) check();
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  child.stdin.on('error', () => {
    // The command may end without reading its stdin: that is its right, and the test looks at the exit code.
  });
  if (!options.keepStdin) child.stdin.end(options.stdin ?? '');
  const killer = setTimeout(() => child.kill('SIGKILL'), options.timeout ?? 45_000);
  const done = new Promise<CliResult>((resolveRun, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(killer);
      running.delete(child);
      resolveRun(makeResult({ code, signal, stdout, stderr }));
      for (const check of watchers) check();
    });
  });
  const line = (accepts: (text: string) => boolean) =>
    new Promise<string>((resolveLine, reject) => {
      const check = () => {
        const found = stdout.split('\n').slice(0, -1).find(accepts);
        if (found !== undefined) resolveLine(found);
        else if (child.exitCode === null && child.signalCode === null) return;
        else reject(new Error(`ended before the line came\nstdout: ${stdout}\nstderr: ${stderr}`));
        watchers.delete(check);
      };
      watchers.add(check);
      check();
    });
  return { child, line, stderr: () => stderr, done };
}

/** Runs the real binary to its end. */
export function runCli(args: readonly string[], options: RunOptions = {}): Promise<CliResult> {
  return startCli(args, options).done;
}

function makeResult(run: Pick<CliResult, 'code' | 'signal' | 'stdout' | 'stderr'>): CliResult {
  const parse = (text: string) => {
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new Error(`not JSON: ${text}\nexit ${run.code ?? run.signal}\nstderr: ${run.stderr}`, { cause });
    }
  };
  return {
    ...run,
    get json() {
      return parse(run.stdout);
    },
    get lines() {
      return run.stdout.split('\n').filter(Boolean).map(parse);
    },
  };
}
