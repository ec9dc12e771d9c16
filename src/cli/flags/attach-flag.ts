/** The flag that attaches files. */
import * as Flags from '@oclif/core/flags';

/** `--attach`: files to send with the action. */
export const attachFlag = Flags.string({
  description: 'a file on this machine, or the ID of a stored file; may be repeated',
  helpValue: 'FILE|FILEID',
  multiple: true,
  multipleNonGreedy: true,
});
