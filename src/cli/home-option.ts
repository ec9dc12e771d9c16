import { homeDirectory } from './home-directory.ts';

/** ` --home DIR` for a command that is printed to be typed next; empty when the default home is meant. */
export function homeOption(home: string, env: NodeJS.ProcessEnv = process.env): string {
  if (home === homeDirectory(env['CLOUDILLO_HOME'], env)) return '';
  return ` --home ${shellWord(home)}`;
}

const COMMANDS =
  /\bcloudillo (?:actions|block|config(?: (?:explain|get|set|unset))?|deliver|deliveries(?: (?:drop|list|retry))?|dns-check|fetch-(?:file|profile)|file (?:add|gc|get|list)|follow|init|keygen|password (?:set|clear)|mute|profile (?:set|show)|relations|serve|sign-token|status|store (?:check|rebuild)|token create|unblock|unfollow|unmute)\b(?!-)/g;

/** A hint whose commands work as they stand: each `cloudillo …` in it gets the `--home` that this run was given. */
export function withHome(hint: string, home: string, env: NodeJS.ProcessEnv = process.env): string {
  if (hint.includes('--home')) return hint;
  const option = homeOption(home, env);
  return hint.replace(COMMANDS, (command) => command + option);
}

/** A word as a POSIX shell reads it back. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./~-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
