import { commands } from 'cloudillo:commands';
import manifestText from 'cloudillo:manifest';
import { type Command, Config, type Interfaces } from '@oclif/core';
import pjson from '../../package.json' with { type: 'json' };
import { packageRoot } from './package-root.ts';

/** What `oclif manifest` writes, as far as it is read here. */
interface Manifest {
  commands: Record<string, Command.Cached>;
}

/**
 * oclif's configuration without a look at the disk: package.json, the manifest and the command table are in the bundle.
 * Otherwise oclif would search and read them, look for user plugins and load its plugin machinery, at each start.
 */
export function loadConfig(): Promise<Config> {
  const root = packageRoot();
  const manifest = JSON.parse(manifestText) as Manifest;
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
    pjson: pjson as unknown as Interfaces.PJSON,
    options: { root },
    hooks: {},
    commandsDir: undefined,
    commandIDs: Object.keys(commands),
    topics: Object.entries(pjson.oclif.topics).map(([name, topic]) => ({ name, ...topic })),
    commands: Object.values(manifest.commands).map((cached) => ({
      ...cached,
      load: async () => loadCommand(cached.id),
    })),
    findCommand: async (id: string) => loadCommand(id),
    load: async () => {},
  } as unknown as Interfaces.Plugin;
  return Config.load({
    root,
    pjson: plugin.pjson,
    plugins: new Map([[plugin.name, plugin]]),
    userPlugins: false,
    devPlugins: false,
  });
}

/** A command's class, with the ID that oclif's help and errors name it by. */
function loadCommand(id: string): Command.Class {
  const command = commands[id]!().default;
  command.id = id;
  return command;
}
