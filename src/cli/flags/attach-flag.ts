/** The flag that attaches files. */
import * as Flags from '@oclif/core/flags';

/** `--attach`: files to send with the action. */
export const attachFlag = Flags.string({
  description: 'a file of this machine, or the ID of one that is here; may be repeated',
  helpValue: 'FILE|FILEID',
  multiple: true,
  multipleNonGreedy: true,
});
