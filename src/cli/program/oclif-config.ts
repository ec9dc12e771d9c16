import { commands } from 'cloudillo:commands';
import { type Command, Config, type Interfaces } from '@oclif/core';
import pjson from '../../../package.json' with { type: 'json' };
import { packageRoot } from '../process/package-root.ts';

/** What `oclif manifest` writes, as far as it is read here. */
interface Manifest {
  commands: Record<string, Command.Cached>;
}

/**
 * oclif's configuration without a look at the disk: package.json, the manifest and the command table are in the bundle.
 * Otherwise oclif would search and read them, look for user plugins and load its plugin machinery, at each start.
 * @param only the one command that will be run; without it, all of them with their help
 */
export async function loadConfig(only?: string): Promise<Config> {
  const root = packageRoot();
  const known = only === undefined ? await readManifest() : [{ id: only } as Command.Cached];
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
    commandIDs: known.map(({ id }) => id),
    topics: Object.entries(pjson.oclif.topics).map(([name, topic]) => ({ name, ...topic })),
    commands: known.map((cached) => ({ ...cached, load: () => loadCommand(cached.id) })),
    findCommand: loadCommand,
    load: async () => {},
  } as unknown as Interfaces.Plugin;
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

async function readManifest(): Promise<Command.Cached[]> {
  const { default: text } = await import('cloudillo:manifest');
  return Object.values((JSON.parse(text) as Manifest).commands);
}

/** A command's class, with the ID that oclif's help and errors name it by. */
export async function loadCommand(id: string): Promise<Command.Class> {
  const { default: command } = await commands[id]!();
  command.id = id;
  return command;
}
