/** Makes the commands in hints work when they are pasted. */
import { commands } from 'cloudillo:commands';
import { resolve } from 'node:path';
import { shellWord } from '../../protocol/shell-word.ts';
import { homeDirectory } from '../process/home-directory.ts';

/** ` --home DIR` for a printed command; empty for the default home. */
function homeOption(home: string, env: NodeJS.ProcessEnv = process.env): string {
  if (home === homeDirectory(env['CLOUDILLO_HOME'], env)) return '';
  return ` --home ${shellWord(home)}`;
}

/** The commands without those of the sandbox, which have a directory of their own. */
const NAMES = Object.keys(commands)
  .filter((id) => !id.startsWith('sandbox'))
  .map((id) => id.replaceAll(':', ' '));
/** The longest name comes first: `config set` is more than `config`. */
const COMMANDS = new RegExp(`\\bcloudillo (?:${NAMES.sort().reverse().join('|')})\\b(?!-)`, 'g');

/** The commands in hints that take `--network`. */
export const NETWORK_COMMANDS = ['deliver', 'dns-check', 'doctor', 'fetch-profile', 'get', 'request', 'serve'];
const ON_A_NETWORK = new RegExp(`\\bcloudillo (?:${NETWORK_COMMANDS.join('|')})\\b(?!-)`, 'g');

/** The commands in hints that take `--as`. */
export const AS_COMMANDS = new Set([
  'accept',
  'action',
  'actions',
  'api-key create',
  'api-key list',
  'blocks export',
  'connect',
  'delete',
  'deliver',
  'deliveries',
  'deliveries drop',
  'deliveries list',
  'deliveries retry',
  'disconnect',
  'doctor',
  'fetch-file',
  'file list',
  'follow',
  'get',
  'inbox log',
  'key list',
  'keygen',
  'load',
  'profile show',
  'reject',
  'request',
  'smoke-test',
  'unblock',
]);

/** The options that say where a command works, and as whom. */
export interface GivenOptions {
  /** Absolute. */
  home: string;
  /** The path as it was given. */
  network?: string | undefined;
  /** The idTag as it was given. */
  as?: string | undefined;
}

/** The error with a hint whose commands work as they stand: they get the `--home`, `--network` and `--as` of this run. */
export function pasteable<E extends { hint?: string | undefined }>(
  error: E,
  { home, network, as }: GivenOptions,
  env: NodeJS.ProcessEnv = process.env,
): E {
  if (error.hint === undefined) return error;
  return { ...error, hint: withNetwork(withHome(withAs(error.hint, as, env), home, env), network, env) };
}

/** Adds `--as`, unless the hint names an identity itself. */
function withAs(hint: string, as: string | undefined, env: NodeJS.ProcessEnv): string {
  if (as === undefined || as === env['CLOUDILLO_AS'] || hint.includes('--as')) return hint;
  const option = ` --as ${shellWord(as)}`;
  return replaceHere(hint, COMMANDS, (command) =>
    AS_COMMANDS.has(command.slice('cloudillo '.length)) ? command + option : command,
  );
}

function withNetwork(hint: string, network: string | undefined, env: NodeJS.ProcessEnv): string {
  if (network === undefined || network === env['CLOUDILLO_NETWORK'] || hint.includes('--network')) return hint;
  const option = ` --network ${shellWord(resolve(network))}`;
  return replaceHere(hint, ON_A_NETWORK, (command) => command + option);
}

/** A hint whose commands work as they stand: each `cloudillo …` gets the `--home` of this run. */
export function withHome(hint: string, home: string, env: NodeJS.ProcessEnv = process.env): string {
  if (hint.includes('--home')) return hint;
  const option = homeOption(home, env);
  return replaceHere(hint, COMMANDS, (command) => command + option);
}

/** Replaces commands, but for those of a sentence that says what somebody else runs elsewhere: an operator, the sender, or "there". */
function replaceHere(hint: string, commands: RegExp, replace: (command: string) => string): string {
  const sentences = hint.split(/(?<=[.;])(?=\s)/);
  return sentences.map((each) => (ELSEWHERE.test(each) ? each : each.replace(commands, replace))).join('');
}

const ELSEWHERE = /\b(?:operator|the sender|there)\b/;
