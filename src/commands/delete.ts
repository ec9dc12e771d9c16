import { ActCommand } from '../cli/command/act-command.ts';
import { actionIdArg } from '../cli/flags/action-id-arg.ts';
import { followFlags } from '../cli/flags/follow-flags.ts';
import type { ActOutput } from '../cli/schemas/act.ts';

export default class Delete extends ActCommand<typeof Delete> {
  static override summary = 'take back what was said here, or hide what others said';
  static override description =
    `An own action is taken back with the :DEL of its type, which goes to whom the action went; what of it waits is given up.
What somebody else said is out of sight here, and nobody is told.

Exit code: 0 done; 7 a peer refused to take note; 8 no such action; queued for later: 4 network, 5 DNS, 6 TLS.`;
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
