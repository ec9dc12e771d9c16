import { commands } from 'cloudillo:commands';
import type { Command, Config } from '@oclif/core';
import { errorToObject } from '../protocol/errors.ts';
import { reportError } from './base-command.ts';
import { loadConfig } from './oclif-config.ts';
import { usageError } from './output.ts';
import { unknownCommand } from './usage-errors.ts';

/** The commands as oclif's `explicit` strategy reads them; each is loaded when it is looked at. */
export const COMMANDS: Record<string, Command.Class> = {};
for (const [id, load] of Object.entries(commands)) {
  Object.defineProperty(COMMANDS, id, { enumerable: true, get: () => load().default });
}

/** Runs the command line: the exit code is in `process.exitCode` when it returns. Never rejects. */
export async function main(argv: string[]): Promise<void> {
  const fail = (error: unknown) =>
    reportError(errorToObject(error), argv.includes('--json'), argv.includes('--no-color'));
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
  const asksForHelp = argv[0] === 'help';
  const { id, rest, words } = splitCommand(asksForHelp ? argv.slice(1) : argv);
  if (id === undefined) {
    const topic = words[0];
    if (topic === undefined && rest.length > 0 && !asksForHelp && !wantsHelp(rest)) {
      throw usageError(
        'usage.command',
        `The command is missing before ${rest[0]}`,
        'Write cloudillo COMMAND [FLAGS]; all commands: cloudillo --help',
      );
    }
    if (topic !== undefined && (words.length > 1 || !config.findTopic(topic))) {
      throw unknownCommand(words, config.commandIDs);
    }
    return showHelp(config, topic);
  }
  if (asksForHelp || wantsHelp(rest)) return showHelp(config, id);
  await config.runCommand(id, rest, config.findCommand(id));
}

/** `store check --json` → `store:check` and `['--json']`: the longest command that the leading words name. */
function splitCommand(argv: readonly string[]): { id?: string; rest: string[]; words: string[] } {
  const firstFlag = argv.findIndex((word) => word.startsWith('-'));
  const words = argv.slice(0, firstFlag === -1 ? argv.length : firstFlag);
  for (let count = Math.min(words.length, 3); count > 0; count--) {
    const id = words.slice(0, count).join(':');
    if (Object.hasOwn(commands, id)) return { id, rest: argv.slice(count), words };
  }
  return { rest: [...argv], words };
}

/** `--help` or `-h` before a `--`. */
function wantsHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const own = end === -1 ? argv : argv.slice(0, end);
  return own.includes('--help') || own.includes('-h');
}

async function showHelp(config: Config, id: string | undefined): Promise<void> {
  const { Help } = await import('@oclif/core/help');
  await new Help(config, config.pjson.oclif.helpOptions).showHelp(id === undefined ? [] : [id]);
}
