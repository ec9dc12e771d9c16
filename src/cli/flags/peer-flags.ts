import * as Flags from '@oclif/core/flags';
import { networkFlag, timeoutFlag } from './flags.ts';

/** The flags of every command that only asks other instances. */
export const peerFlags = { network: networkFlag, timeout: timeoutFlag };

/** `--as IDTAG` where a guest is welcome: signing in is asked for, never assumed. */
export const signInFlag = Flags.string({
  description: 'sign in there as this identity of the home [default: as a guest]',
  helpValue: 'IDTAG',
});

/** `--force` for commands that write a file. */
export const forceFlag = Flags.boolean({ description: 'replace a file that exists' });
