import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { CLI_PATH, isolatedEnv } from './run-cli.ts';

/** A command that runs on a pseudo terminal, with somebody who answers. */
export interface Terminal {
  child: ChildProcess;
  /** Everything shown so far, escape sequences included. */
  shown(): string;
  /** Waits until the text is shown (after what was waited for before), then types. */
  answer(prompt: string, typed: string): Promise<void>;
  done: Promise<{ code: number | null; shown: string }>;
}

/** Is there a `script` (bsdutils) that makes pseudo terminals? */
export const hasTerminal = spawnSync('script', ['--version']).status === 0;

/** Runs the real binary on a pseudo terminal that `script` makes. */
export function openTerminal(args: readonly string[], env: Record<string, string> = {}): Terminal {
  // Without exec a shell waits between, which Ctrl-C ends by itself, whatever the command does.
  const command = `exec ${[process.execPath, CLI_PATH, ...args].map((word) => `'${word}'`).join(' ')}`;
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    env: isolatedEnv({ TERM: 'xterm', ...env }),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  let seen = 0;
  const watchers = new Set<() => void>();
  const look = () => {
    for (const watcher of watchers) watcher();
  };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    shown += chunk;
    look();
  });
  const done = new Promise<{ code: number | null; shown: string }>((resolve) => {
    child.once('close', (code) => {
      resolve({ code, shown });
      look();
    });
  });
  const answer = (prompt: string, typed: string) =>
    new Promise<void>((resolve, reject) => {
      const watcher = () => {
        const at = shown.indexOf(prompt, seen);
        if (at === -1 && child.exitCode === null) return;
        watchers.delete(watcher);
        if (at === -1) return reject(new Error(`ended without "${prompt}": ${shown}`));
        seen = at + prompt.length;
        child.stdin.write(typed);
        resolve();
      };
      watchers.add(watcher);
      watcher();
    });
  return { child, shown: () => shown, answer, done };
}
