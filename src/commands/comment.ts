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
    `The comment goes to the owner of the wall that the action is on, else to its issuer. It has the visibility of the action.
It is refused where comments are disabled.

Exit code: 0 the peer accepted it; 3 comments are disabled; 7 the peer refused; 8 no such action;
queued for later: 4 network, 5 DNS, 6 TLS.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> a1~Pq9sTxZ0 "Well said"',
    '<%= config.bin %> <%= command.id %> a1~Pq9sTxZ0 - --json < comment.txt',
  ];
  static override args = {
    actionId: actionIdArg,
    text: Args.string({ name: 'TEXT', required: true, description: 'the text; @FILE, or - for standard input' }),
  };
  static override flags = {
    on: Flags.string({ description: 'the audience, needed when the action is not stored here', helpValue: 'IDTAG' }),
    ...followFlags,
  };

  async run(): Promise<ActOutput> {
    const { on } = this.flags;
    const content = await saidText(this.args.text);
    const about = { parentId: this.args.actionId, ...(on !== undefined && { audienceTag: on }) };
    return this.say({ type: 'CMNT', content, ...about });
  }
}
