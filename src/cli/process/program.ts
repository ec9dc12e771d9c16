/** How to start this program again. */
import { join } from 'node:path';
import { packageRoot } from './package-root.ts';

/** The words that start this program: the node that runs it, and its entry point. */
export function ownProgram(): [string, string] {
  return [process.execPath, join(packageRoot(), 'bin', 'run.js')];
}

/** What a person types to start this program. In a clone (`npm start`) there is no `cloudillo` in the PATH. */
export function programWords(env: NodeJS.ProcessEnv = process.env): string {
  return env['npm_lifecycle_event'] === undefined ? 'cloudillo' : 'node bin/run.js';
}
