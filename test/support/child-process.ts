import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { afterAll } from 'vitest';

/** Bundles a script of `test/` for plain node; it goes away with the test file. Call at the top level of a test file. */
export function childScript(path: string): () => Promise<string> {
  let bundled: Promise<string> | undefined;
  let folder: string | undefined;
  afterAll(async () => {
    if (folder) await rm(folder, { recursive: true, force: true });
  });
  return () => {
    bundled ??= (async () => {
      folder = await mkdtemp(join(tmpdir(), 'cloudillo-child-'));
      const outfile = join(folder, 'child.cjs');
      const entry = join(import.meta.dirname, '..', path);
      await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'cjs', logLevel: 'error' });
      return outfile;
    })();
    return bundled;
  };
}

/** A running child, its output line by line. */
export interface Child {
  process: ChildProcess;
  /** The next line of stdout; null at its end. */
  line(): Promise<string | null>;
  /** All lines that are left. */
  rest(): Promise<string[]>;
  /** Resolves when it's gone. */
  exited: Promise<{ code: number | null; signal: string | null }>;
}

/** Starts a bundled script. stderr goes to the test's. */
export function startChild(script: string, args: string[], options: { env?: Record<string, string> } = {}): Child {
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...options.env },
  });
  const exited = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    process: child,
    exited,
    line: async () => (await lines.next()).value ?? null,
    rest: async () => {
      const rest: string[] = [];
      for (let next = await lines.next(); !next.done; next = await lines.next()) rest.push(next.value);
      return rest;
    },
  };
}
