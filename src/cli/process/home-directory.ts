/** The user's home directory, and the path of the cloudillo home. */
import { homedir, userInfo } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/**
 * The home directory: the flag (or `CLOUDILLO_HOME`, which oclif reads into it), else `cloudillo` in the XDG data directory. By
 * the XDG specification a relative `XDG_DATA_HOME` is ignored.
 */
export function homeDirectory(flag: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  if (flag) return resolve(flag);
  const xdg = env['XDG_DATA_HOME'];
  const data = xdg && isAbsolute(xdg) ? xdg : join(homedir(), '.local', 'share');
  return join(data, 'cloudillo');
}

/**
 * Mends the environment for what reads it after us: oclif, chalk, `homedir()`.
 * An empty `FORCE_COLOR` asks for no colour. A `HOME` that is empty or relative names no home directory: the passwd entry does.
 * A user without one, as in a container, gets one, because oclif asks for it and fails without. The home directory of that entry
 * doesn't exist; its name is the one that Debian uses for that.
 */
export function mendEnvironment(env: NodeJS.ProcessEnv = process.env): void {
  if (env['FORCE_COLOR'] === '') delete env['FORCE_COLOR'];
  if (!isAbsolute(env['HOME'] ?? '')) delete env['HOME'];
  try {
    userInfo();
  } catch {
    env['HOME'] ||= '/nonexistent';
    env['SHELL'] ||= '/bin/sh';
  }
}
