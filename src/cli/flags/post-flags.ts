/** The flags of `post`. */
import * as Flags from '@oclif/core/flags';
import { attachFlag } from './attach-flag.ts';
import { followFlags } from './follow-flags.ts';
import { signFlags } from './sign-flags.ts';

/** The flags of `post`. */
export const postFlags = {
  ...followFlags,
  file: Flags.string({ description: 'read the text from this file', helpValue: 'FILE' }),
  attach: attachFlag,
  visibility: signFlags.visibility,
  flags: signFlags.flags,
  on: Flags.string({
    description: 'the identity on whose wall it is [default: for the own followers]',
    helpValue: 'IDTAG',
  }),
};
