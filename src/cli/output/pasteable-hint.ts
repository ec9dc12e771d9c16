import { commands } from 'cloudillo:commands';
import { resolve } from 'node:path';
import { shellWord } from '../../protocol/shell-word.ts';
import { homeDirectory } from '../process/home-directory.ts';

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

/** Of the commands that take `--network`, those that hints name. */
export const NETWORK_COMMANDS = ['deliver', 'dns-check', 'fetch-profile', 'get', 'request', 'serve'];
const ON_A_NETWORK = new RegExp(`\\bcloudillo (?:${NETWORK_COMMANDS.join('|')})\\b(?!-)`, 'g');

/** Of the commands that take `--as`, those that hints name. */
export const AS_COMMANDS = new Set([
  'accept',
  'action',
  'actions',
  'api-key create',
  'api-key list',
  'delete',
  'deliver',
  'deliveries',
  'disconnect',
  'fetch-file',
  'file list',
  'get',
  'key list',
  'keygen',
  'profile show',
  'reject',
  'request',
  'unblock',
]);

/** The options by which a command was told where to work, and as whom. */
export interface GivenOptions {
  /** Absolute. */
  home: string;
  /** A path as it was given. */
  network?: string | undefined;
  /** An idTag as it was given. */
  as?: string | undefined;
}

/** An error whose hint works as it stands: its commands get the `--home`, `--network` and `--as` that this run was given. */
export function pasteable<E extends { hint?: string | undefined }>(
  error: E,
  { home, network, as }: GivenOptions,
  env: NodeJS.ProcessEnv = process.env,
): E {
  if (error.hint === undefined) return error;
  return { ...error, hint: withNetwork(withHome(withAs(error.hint, as, env), home, env), network, env) };
}

/** A hint that names an identity knows better which one is meant. */
function withAs(hint: string, as: string | undefined, env: NodeJS.ProcessEnv): string {
  if (as === undefined || as === env['CLOUDILLO_AS'] || hint.includes('--as')) return hint;
  const option = ` --as ${shellWord(as)}`;
  return hint.replace(COMMANDS, (command) =>
    AS_COMMANDS.has(command.slice('cloudillo '.length)) ? command + option : command,
  );
}

function withNetwork(hint: string, network: string | undefined, env: NodeJS.ProcessEnv): string {
  if (network === undefined || network === env['CLOUDILLO_NETWORK'] || hint.includes('--network')) return hint;
  const option = ` --network ${shellWord(resolve(network))}`;
  return hint.replace(ON_A_NETWORK, (command) => command + option);
}

/** A hint whose commands work as they stand: each `cloudillo …` in it gets the `--home` that this run was given. */
export function withHome(hint: string, home: string, env: NodeJS.ProcessEnv = process.env): string {
  if (hint.includes('--home')) return hint;
  const option = homeOption(home, env);
  return hint.replace(COMMANDS, (command) => command + option);
}
