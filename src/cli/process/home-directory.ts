import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/**
 * Where the home directory is: the flag (or `CLOUDILLO_HOME`, which oclif reads into it), else `cloudillo` in the XDG
 * data directory. The XDG specification says that a relative `XDG_DATA_HOME` is to be ignored.
 */
export function homeDirectory(flag: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  if (flag) return resolve(flag);
  const xdg = env['XDG_DATA_HOME'];
  const data = xdg && isAbsolute(xdg) ? xdg : join(homedir(), '.local', 'share');
  return join(data, 'cloudillo');
}
