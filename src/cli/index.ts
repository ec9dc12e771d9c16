import { commands } from 'cloudillo:commands';
import type { Command, Config } from '@oclif/core';
import { loadHelpClass, normalizeArgv } from '@oclif/core/help';
import { errorToObject } from '../protocol/errors.ts';
import { reportError } from './base-command.ts';
import { loadConfig } from './oclif-config.ts';
import { unknownCommand } from './usage-errors.ts';

/** The commands as oclif's `explicit` strategy reads them; each is loaded when it is looked at. */
export const COMMANDS: Record<string, Command.Class> = {};
for (const [id, load] of Object.entries(commands)) {
  Object.defineProperty(COMMANDS, id, { enumerable: true, get: () => load().default });
}

/** Runs the command line: the exit code is in `process.exitCode` when it returns. Never rejects. */
export async function main(argv: string[]): Promise<void> {
  const json = argv.includes('--json');
  const noColor = argv.includes('--no-color');
  const fail = (error: unknown) => reportError(errorToObject(error), json, noColor);
  process.on('uncaughtException', (error) => {
    fail(error);
    process.exit();
  });
  try {
    await dispatch(argv);
  } catch (error) {
    fail(error);
  }
}

async function dispatch(argv: string[]): Promise<void> {
  const config = await loadConfig();
  if (argv[0] === 'help') return showHelp(config, argv.slice(1));
  if (wantsHelp(argv)) return showHelp(config, argv);
  const [id = '', ...rest] = normalizeArgv(config, argv);
  const command = config.findCommand(id);
  if (command) {
    await config.runCommand(id, rest, command);
  } else if (config.findTopic(id)) {
    await showHelp(config, [id]);
  } else {
    throw unknownCommand(id.split(':'), config.commandIDs);
  }
}

/** `--help` or `-h` before a `--`, or nothing at all. */
function wantsHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const own = end === -1 ? argv : argv.slice(0, end);
  return argv.length === 0 || own.includes('--help') || own.includes('-h');
}

async function showHelp(config: Config, argv: string[]): Promise<void> {
  const Help = await loadHelpClass(config);
  const help = new Help(config, config.pjson.oclif.helpOptions);
  const words = argv.filter((word) => !word.startsWith('-'));
  const [id] = words.length > 0 ? normalizeArgv(config, words) : [];
  if (id !== undefined && !config.findCommand(id) && !config.findTopic(id)) {
    throw unknownCommand(id.split(':'), config.commandIDs);
  }
  await help.showHelp(id === undefined ? [] : [id]);
}
