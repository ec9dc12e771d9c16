/** The path of the home directory. */
import { homedir } from 'node:os';
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
