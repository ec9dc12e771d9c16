import { ActCommand } from '../cli/command/act-command.ts';
import { actionIdArg } from '../cli/flags/action-id-arg.ts';
import { followFlags } from '../cli/flags/follow-flags.ts';
import type { ActOutput } from '../cli/schemas/act.ts';

export default class Accept extends ActCommand<typeof Accept> {
  static override summary = 'accept a request, an invitation, a post on the wall, a shared file';
  static override description =
    `A CONN is answered with CONN:ACC: both are connected and follow each other. An INVT is answered with SUBS, a post on the
own wall with an APRV to all followers. Actions that await an answer are listed by: cloudillo actions --status C

Exit code: 0 done, and the recipients accepted the answer; 3 the action awaits no answer; 7 a peer refused the answer;
8 no such action; the answer is queued: 4 network, 5 DNS, 6 TLS.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> a1~Pq9sTxZ0',
    '<%= config.bin %> <%= command.id %> a1~Pq9sTxZ0 --as alice.example.com --json',
  ];
  static override args = { actionId: actionIdArg };
  static override flags = followFlags;

  run(): Promise<ActOutput> {
    return this.decide('accept', this.args.actionId);
  }
}
