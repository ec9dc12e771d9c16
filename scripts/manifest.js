/** Prints `oclif.manifest.json` for the build in the directory given as argument, relative to the root. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Plugin } from '@oclif/core';
import { ROOT } from './inputs.js';

const { useBuild } = createRequire(import.meta.url)('../bin/load-bundle.js');
useBuild(join(ROOT, process.argv[2]));
const plugin = new Plugin({ isRoot: true, root: ROOT, ignoreManifest: true, errorOnManifestCreate: true });
await plugin.load();
const { commands, version } = plugin.manifest;
const sorted = Object.fromEntries(Object.entries(commands).sort(([a], [b]) => (a < b ? -1 : 1)));
process.stdout.write(`${JSON.stringify({ commands: sorted, version }, null, 2)}\n`);
