import { ActCommand } from '../cli/command/act-command.ts';
import { actionIdArg } from '../cli/flags/action-id-arg.ts';
import { followFlags } from '../cli/flags/follow-flags.ts';
import type { ActOutput } from '../cli/schemas/act.ts';

export default class Reject extends ActCommand<typeof Reject> {
  static override summary = 'reject a request, an invitation, a post on the wall, a shared file';
  static override description = `The action is hidden, and its issuer isn't told. A CONN can still be accepted later.

Exit code: 0 done, or done already; 3 the action awaits no answer; 8 no such action.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> a1~Pq9sTxZ0',
    '<%= config.bin %> <%= command.id %> a1~Pq9sTxZ0 --as alice.example.com --json',
  ];
  static override args = { actionId: actionIdArg };
  static override flags = followFlags;

  run(): Promise<ActOutput> {
    return this.decide('reject', this.args.actionId);
  }
}
