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
 * Sets a passwd entry for a user without one, as in a container: oclif asks for it, and fails without. The home directory of the
 * entry doesn't exist; its name is the one that Debian uses for that.
 */
export function replacePasswdEntry(): void {
  try {
    userInfo();
  } catch {
    process.env['HOME'] ||= '/nonexistent';
    process.env['SHELL'] ||= '/bin/sh';
  }
}
