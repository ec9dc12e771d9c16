import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { ActCommand } from '../cli/command/act-command.ts';
import { actionIdArg } from '../cli/flags/action-id-arg.ts';
import { saidText } from '../cli/flags/content-flags.ts';
import { followFlags } from '../cli/flags/follow-flags.ts';
import type { ActOutput } from '../cli/schemas/act.ts';

export default class Comment extends ActCommand<typeof Comment> {
  static override summary = 'comment on an action';
  static override description =
    `The comment goes to whose wall the action is on, else to its issuer, and is as visible as what it answers.
Refused where comments are switched off.

Exit code: 0 the peer took it; 3 no comments there; 7 the peer refused; 8 no such action;
queued for later: 4 network, 5 DNS, 6 TLS.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> a1~Pq9sTxZ0 "Well said"',
    '<%= config.bin %> <%= command.id %> a1~Pq9sTxZ0 - --json < comment.txt',
  ];
  static override args = {
    actionId: actionIdArg,
    text: Args.string({ name: 'TEXT', required: true, description: 'what to say; @FILE, or - for standard input' }),
  };
  static override flags = {
    on: Flags.string({ description: 'whom it is for, where the action is not here', helpValue: 'IDTAG' }),
    ...followFlags,
  };

  async run(): Promise<ActOutput> {
    const { on } = this.flags;
    const content = await saidText(this.args.text);
    const about = { parentId: this.args.actionId, ...(on !== undefined && { audienceTag: on }) };
    return this.say({ type: 'CMNT', content, ...about });
  }
}
