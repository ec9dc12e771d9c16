/** The directory of a sandbox. */
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import * as Flags from '@oclif/core/flags';

/** `--dir`: the directory of the sandbox. */
export const dirFlag = Flags.string({
  description: 'directory of the sandbox [default: $XDG_STATE_HOME/cloudillo/sandbox]',
  env: 'CLOUDILLO_SANDBOX',
  helpValue: 'DIR',
});

/**
 * The flag, else `cloudillo/sandbox` in the XDG state directory. It doesn't depend on the working directory, so that `status` and
 * `down` find the sandbox that `up` made.
 */
export function sandboxDirectory(flag: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  if (flag) return resolve(flag);
  const xdg = env['XDG_STATE_HOME'];
  const state = xdg && isAbsolute(xdg) ? xdg : join(homedir(), '.local', 'state');
  return join(state, 'cloudillo', 'sandbox');
}
