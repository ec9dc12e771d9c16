/** The entry point of the command line. */
import { commands } from 'cloudillo:commands';
import { errorToObject } from '../../protocol/errors.ts';
import { loadColors } from '../output/colors.ts';
import { flush, Output, printOwn, reportError, usageError } from '../output/output.ts';
import { endOnUncaught } from '../process/crash.ts';
import { explainFailure } from '../process/explain-failure.ts';
import { endOnSignals } from '../process/first-process.ts';
import { mendEnvironment } from '../process/home-directory.ts';
import { withoutOldForms } from '../usage/old-forms.ts';
import { unknownCommand } from '../usage/usage-errors.ts';
import { loadCommand } from './load-command.ts';

/** Runs the command line. The exit code is in `process.exitCode` when it returns. It never rejects. */
export async function main(typed: string[]): Promise<void> {
  const { argv, notes } = withoutOldForms(typed);
  const json = argv.includes('--json');
  const quiet = argv.includes('--quiet') || argv.includes('-q');
  mendEnvironment();
  if (process.pid === 1) endOnSignals();
  endOnUncaught((error) => reportError(errorToObject(error), json));
  try {
    new Output({ json, quiet, verbose: false }).talk(notes);
    await dispatch(argv);
  } catch (error) {
    const { err } = await loadColors({ json, noColor: argv.includes('--no-color') });
    reportError(errorToObject(explainFailure(error)), json, err.red);
  }
  await flush();
}

async function dispatch(argv: string[]): Promise<void> {
  // bin/run.js prints it without this program, unless stdout isn't written in one go.
  if (argv[0] === '--version' || argv[0] === '-V') {
    const { versionLine } = await import('./oclif-config.ts');
    return printOwn(`${versionLine()}\n`);
  }
  const asksForHelp = argv[0] === 'help';
  const { id, rest, words } = splitCommand(asksForHelp ? argv.slice(1) : argv);
  // `config` is a command and a topic. Topics take no arguments, so a further word was meant as a command.
  if (id !== undefined && words.length > id.split(':').length && isTopic(id)) {
    throw unknownCommand(words, Object.keys(commands));
  }
  if (id !== undefined && !asksForHelp && !wantsHelp(rest)) {
    const command = await loadCommand(id);
    await command.run(rest);
    return;
  }
  const [{ loadConfig }, { showHelp }] = await Promise.all([import('./oclif-config.ts'), import('./show-help.ts')]);
  const config = await loadConfig();
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
  return showHelp(config, id);
}

function isTopic(id: string): boolean {
  return Object.keys(commands).some((known) => known.startsWith(`${id}:`));
}

/**
 * Splits off the command: `store check --json` → `store:check` and `['--json']`. The longest command that the leading words name
 * wins.
 */
function splitCommand(argv: readonly string[]): { id?: string; rest: string[]; words: string[] } {
  const firstFlag = argv.findIndex((word) => word.startsWith('-'));
  const words = argv.slice(0, firstFlag === -1 ? argv.length : firstFlag);
  for (let count = Math.min(words.length, 3); count > 0; count--) {
    const id = words.slice(0, count).join(':');
    if (Object.hasOwn(commands, id)) return { id, rest: argv.slice(count), words };
  }
  return { rest: [...argv], words };
}

/** Whether `--help` or `-h` comes before a `--`. */
function wantsHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const own = end === -1 ? argv : argv.slice(0, end);
  return own.includes('--help') || own.includes('-h');
}
