import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import * as Flags from '@oclif/core/flags';

/** `--dir`: where the sandbox is. */
export const dirFlag = Flags.string({
  description: 'directory of the sandbox [default: $XDG_STATE_HOME/cloudillo/sandbox]',
  env: 'CLOUDILLO_SANDBOX',
  helpValue: 'DIR',
});

/**
 * The flag, else `cloudillo/sandbox` in the XDG state directory: the same from wherever it is called, so that `status` and
 * `down` find what `up` made.
 */
export function sandboxDirectory(flag: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  if (flag) return resolve(flag);
  const xdg = env['XDG_STATE_HOME'];
  const state = xdg && isAbsolute(xdg) ? xdg : join(homedir(), '.local', 'state');
  return join(state, 'cloudillo', 'sandbox');
}
