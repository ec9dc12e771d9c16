import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { ActCommand } from '../cli/command/act-command.ts';
import { actionIdArg } from '../cli/flags/action-id-arg.ts';
import { followFlags } from '../cli/flags/follow-flags.ts';
import type { ActOutput } from '../cli/schemas/act.ts';

const KINDS = ['like', 'love', 'laugh', 'wow', 'sad', 'angry', 'none'];

export default class React extends ActCommand<typeof React> {
  static override summary = 'react to an action';
  static override description =
    `Each identity has one reaction: a later one replaces it, and "none" removes it. A reaction is refused where reactions are disabled.

Exit code: 0 the peer accepted it; 3 reactions are disabled; 7 the peer refused; 8 no such action;
queued for later: 4 network, 5 DNS, 6 TLS.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> a1~Pq9sTxZ0 love',
    '<%= config.bin %> <%= command.id %> a1~Pq9sTxZ0 none --json',
  ];
  static override args = {
    actionId: actionIdArg,
    kind: Args.string({ name: 'KIND', required: true, options: KINDS, description: 'the reaction' }),
  };
  static override flags = {
    on: Flags.string({ description: 'the audience, needed when the action is not stored here', helpValue: 'IDTAG' }),
    ...followFlags,
  };

  run(): Promise<ActOutput> {
    const { on } = this.flags;
    const subType = this.args.kind === 'none' ? 'DEL' : this.args.kind.toUpperCase();
    const about = { subject: this.args.actionId, ...(on !== undefined && { audienceTag: on }) };
    return this.say({ type: 'REACT', subType, ...about });
  }
}
