import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command as Oclif } from '@oclif/core/command';
import { Config } from '@oclif/core/config';
import type { PJSON, Plugin } from '@oclif/core/interfaces';
import pjson from '../../../package.json' with { type: 'json' };
import { packageRoot } from '../process/package-root.ts';
import { loadCommand } from './load-command.ts';

/** What `oclif manifest` writes, as far as it is read here. */
interface Manifest {
  commands: Record<string, Oclif.Cached>;
}

/**
 * oclif's configuration, for its help, without a search for plugins and user settings.
 */
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
  // A user's colours for oclif's help: nothing that this program has, and a file to look for at each start.
  Object.assign(config, { loadTheme: async () => undefined });
  await config.load();
  return config;
}

/** Beside the bundle, made from it by the build. */
function readManifest(root: string): Oclif.Cached[] {
  const { commands } = JSON.parse(readFileSync(join(root, 'dist/manifest.json'), 'utf8')) as Manifest;
  return Object.values(commands);
}
