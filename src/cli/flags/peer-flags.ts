/** The flags of commands that send requests to other instances. */
import * as Flags from '@oclif/core/flags';
import { networkFlags, timeoutFlag } from './flags.ts';

/** The flags of every command that only sends requests to other instances. */
export const peerFlags = { ...networkFlags, timeout: timeoutFlag };

/** `--as IDTAG` of commands that also work for a guest. Without it they don't sign in. */
export const signInFlag = Flags.string({
  description: 'sign in at that instance as this identity of the home [default: ask as a guest]',
  helpValue: 'IDTAG',
});

/** `--force` for commands that write a file. */
export const forceFlag = Flags.boolean({ description: 'replace a file that exists' });
