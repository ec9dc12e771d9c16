import { commands } from 'cloudillo:commands';
import { shellWord } from '../protocol/shell-word.ts';
import { homeDirectory } from './home-directory.ts';

/** ` --home DIR` for a command that is printed to be typed next; empty when the default home is meant. */
export function homeOption(home: string, env: NodeJS.ProcessEnv = process.env): string {
  if (home === homeDirectory(env['CLOUDILLO_HOME'], env)) return '';
  return ` --home ${shellWord(home)}`;
}

/** Those of the sandbox have a directory of their own. */
const NAMES = Object.keys(commands)
  .filter((id) => !id.startsWith('sandbox'))
  .map((id) => id.replaceAll(':', ' '));
/** The longest name first: `config set` is more than `config`. */
const COMMANDS = new RegExp(`\\bcloudillo (?:${NAMES.sort().reverse().join('|')})\\b(?!-)`, 'g');

/** A hint whose commands work as they stand: each `cloudillo …` in it gets the `--home` that this run was given. */
export function withHome(hint: string, home: string, env: NodeJS.ProcessEnv = process.env): string {
  if (hint.includes('--home')) return hint;
  const option = homeOption(home, env);
  return hint.replace(COMMANDS, (command) => command + option);
}
