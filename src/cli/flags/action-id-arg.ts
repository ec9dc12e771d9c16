/** The argument that names an action. */
import * as Args from '@oclif/core/args';

/** The stored action that a command is about. */
export const actionIdArg = Args.string({
  name: 'ACTIONID',
  required: true,
  description: 'the action, or the beginning of its ID',
});
