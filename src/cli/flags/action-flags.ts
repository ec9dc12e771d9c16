/** The flags of `action`. */
import { attachFlag } from './attach-flag.ts';
import { followFlags } from './follow-flags.ts';
import { signFlags } from './sign-flags.ts';

/** The flags of `action`: one for each claim, as in `sign-token`, and those of sending. */
export const actionFlags = {
  audience: signFlags.audience,
  sub: signFlags.sub,
  parent: signFlags.parent,
  content: signFlags.content,
  'content-json': signFlags['content-json'],
  attach: attachFlag,
  visibility: signFlags.visibility,
  flags: signFlags.flags,
  expires: signFlags.expires,
  ...followFlags,
};
