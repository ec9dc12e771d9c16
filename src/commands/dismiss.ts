import { ActCommand } from '../cli/command/act-command.ts';
import { actionIdArg } from '../cli/flags/action-id-arg.ts';
import { followFlags } from '../cli/flags/follow-flags.ts';
import type { ActOutput } from '../cli/schemas/act.ts';

export default class Dismiss extends ActCommand<typeof Dismiss> {
  static override summary = 'mark a notification as read';
  static override description =
    `A notification is, for example, a CONN:ACC. An action that awaits an answer is accepted or rejected instead.

Exit code: 0 done, or nothing to do; 2 it awaits an answer; 8 no such action.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> a1~Pq9sTxZ0',
    '<%= config.bin %> <%= command.id %> a1~Pq9sTxZ0 --as alice.example.com --json',
  ];
  static override args = { actionId: actionIdArg };
  static override flags = followFlags;

  run(): Promise<ActOutput> {
    return this.decide('dismiss', this.args.actionId);
  }
}
