/** oclif's configuration without its search for plugins. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command as Oclif } from '@oclif/core/command';
import { Config } from '@oclif/core/config';
import type { PJSON, Plugin } from '@oclif/core/interfaces';
import pjson from '../../../package.json' with { type: 'json' };
import { packageRoot } from '../process/package-root.ts';
import { loadCommand } from './load-command.ts';

/** The part of oclif's manifest that is read here. */
interface Manifest {
  commands: Record<string, Oclif.Cached>;
}

/** Makes oclif's configuration, for its help, without a search for plugins and user settings. */
export async function loadConfig(): Promise<Config> {
  const root = packageRoot();
  const known = readManifest(root);
  const plugin = {
    _base: '',
    alias: pjson.name,
    name: pjson.name,
    version: pjson.version,
    type: 'core',
    moduleType: 'module',
    isRoot: true,
    valid: true,
    hasManifest: true,
    root,
    pjson: pjson as unknown as PJSON,
    options: { root },
    hooks: {},
    commandsDir: undefined,
    commandIDs: known.map(({ id }) => id),
    topics: Object.entries(pjson.oclif.topics).map(([name, topic]) => ({ name, ...topic })),
    commands: known.map((cached) => ({ ...cached, load: () => loadCommand(cached.id) })),
    findCommand: loadCommand,
    load: async () => {},
  } as unknown as Plugin;
  const config = new Config({
    root,
    pjson: plugin.pjson,
    plugins: new Map([[plugin.name, plugin]]),
    userPlugins: false,
    devPlugins: false,
  });
  // A user's theme for oclif's help is unused, and its file would be searched at each start.
  Object.assign(config, { loadTheme: async () => undefined });
  await config.load();
  return config;
}

/** The manifest is beside the bundle, and the build makes both. */
function readManifest(root: string): Oclif.Cached[] {
  const { commands } = JSON.parse(readFileSync(join(root, 'dist/manifest.json'), 'utf8')) as Manifest;
  return Object.values(commands);
}

/** What oclif prints for `--version`. */
export function versionLine(): string {
  return `${pjson.name}/${pjson.version} ${process.platform}-${process.arch} node-${process.version}`;
}
