/** Prints `oclif.manifest.json` for the bundle given as argument: a path relative to the root. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Plugin } from '@oclif/core';
import { ROOT } from './inputs.js';

const pjson = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
pjson.oclif.commands.target = process.argv[2];
const plugin = new Plugin({ isRoot: true, root: ROOT, pjson, ignoreManifest: true, errorOnManifestCreate: true });
await plugin.load();
const { commands, version } = plugin.manifest;
const sorted = Object.fromEntries(Object.entries(commands).sort(([a], [b]) => (a < b ? -1 : 1)));
process.stdout.write(`${JSON.stringify({ commands: sorted, version }, null, 2)}\n`);
