import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Plugin } from '@oclif/core';
import { ROOT } from './inputs.js';

/** The program as oclif's tools see it: its commands' classes, not their manifest. */
export async function loadPlugin() {
  const pjson = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  pjson.oclif.commands = { strategy: 'explicit', target: './scripts/commands.js', identifier: 'COMMANDS' };
  const plugin = new Plugin({ isRoot: true, root: ROOT, pjson, ignoreManifest: true, errorOnManifestCreate: true });
  await plugin.load();
  return plugin;
}
