import { join } from 'node:path';
import { packageRoot } from './package-root.ts';

/** How to start this program once more: the node that runs it, and its entry point. */
export function ownProgram(): [string, string] {
  return [process.execPath, join(packageRoot(), 'bin', 'run.js')];
}
