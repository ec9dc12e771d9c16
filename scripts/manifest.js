/** Prints `oclif.manifest.json` for the build in `BUILD_DIRECTORY`. */
import { loadPlugin } from './oclif-plugin.js';

const { commands, version } = (await loadPlugin()).manifest;
const sorted = Object.fromEntries(Object.entries(commands).sort(([a], [b]) => (a < b ? -1 : 1)));
process.stdout.write(`${JSON.stringify({ commands: sorted, version }, null, 2)}\n`);
