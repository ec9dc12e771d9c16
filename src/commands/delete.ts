import { ActCommand } from '../cli/command/act-command.ts';
import { actionIdArg } from '../cli/flags/action-id-arg.ts';
import { followFlags } from '../cli/flags/follow-flags.ts';
import type { ActOutput } from '../cli/schemas/act.ts';

export default class Delete extends ActCommand<typeof Delete> {
  static override summary = 'delete an own action, or hide an action of a peer';
  static override description =
    `An own action is deleted with the :DEL of its type, which goes to all recipients of the action. Its queued deliveries end.
An action of a peer is only hidden here, and the peer isn't told.

Exit code: 0 done; 7 a peer refused it; 8 no such action; queued for later: 4 network, 5 DNS, 6 TLS.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> a1~Pq9sTxZ0',
    '<%= config.bin %> <%= command.id %> a1~Pq9sTxZ0 --as alice.example.com --json',
  ];
  static override args = { actionId: actionIdArg };
  static override flags = followFlags;

  run(): Promise<ActOutput> {
    return this.decide('delete', this.args.actionId);
  }
}
