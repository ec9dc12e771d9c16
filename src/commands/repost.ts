import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { ActCommand } from '../cli/command/act-command.ts';
import { actionIdArg } from '../cli/flags/action-id-arg.ts';
import { saidText } from '../cli/flags/content-flags.ts';
import { followFlags } from '../cli/flags/follow-flags.ts';
import type { ActOutput } from '../cli/schemas/act.ts';

export default class Repost extends ActCommand<typeof Repost> {
  static override summary = 'repost a public action of somebody else';
  static override description =
    `The repost goes to the own followers, or with --on to a wall, and to the issuer of the action. The token of the original is sent with it.

Exit code: 0 accepted; 2 it is the identity's own action; 7 the original isn't public, or a peer refused; 8 no such action;
queued for later: 4 network, 5 DNS, 6 TLS.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> a1~Pq9sTxZ0',
    '<%= config.bin %> <%= command.id %> a1~Pq9sTxZ0 "Read this" --on bob.example.org --json',
  ];
  static override args = {
    actionId: actionIdArg,
    text: Args.string({ name: 'TEXT', description: 'a text for the repost; @FILE, or - for standard input' }),
  };
  static override flags = {
    on: Flags.string({
      description: 'the identity on whose wall it is [default: for the own followers]',
      helpValue: 'IDTAG',
    }),
    ...followFlags,
  };

  async run(): Promise<ActOutput> {
    const { on } = this.flags;
    const { actionId: subject, text } = this.args;
    const content = text === undefined ? {} : { content: await saidText(text) };
    const wall = on === undefined ? {} : { audienceTag: on };
    return this.say({ type: 'REPOST', subject, ...content, ...wall }, { onOwnWall: on === undefined });
  }
}
