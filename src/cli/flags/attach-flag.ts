import * as Flags from '@oclif/core/flags';

/** `--attach`: files that go with what is said. */
export const attachFlag = Flags.string({
  description: 'a file of this machine, or the ID of one that is here; may be repeated',
  helpValue: 'FILE|FILEID',
  multiple: true,
  multipleNonGreedy: true,
});
