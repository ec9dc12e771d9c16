import { homeDirectory } from './home-directory.ts';

/** ` --home DIR` for a command that is printed to be typed next; empty when the default home is meant. */
export function homeOption(home: string, env: NodeJS.ProcessEnv = process.env): string {
  if (home === homeDirectory(env['CLOUDILLO_HOME'], env)) return '';
  return ` --home ${shellWord(home)}`;
}

/** A word as a POSIX shell reads it back. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./~-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
