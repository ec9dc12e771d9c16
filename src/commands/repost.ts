import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { ActCommand } from '../cli/command/act-command.ts';
import { actionIdArg } from '../cli/flags/action-id-arg.ts';
import { saidText } from '../cli/flags/content-flags.ts';
import { followFlags } from '../cli/flags/follow-flags.ts';
import type { ActOutput } from '../cli/schemas/act.ts';

export default class Repost extends ActCommand<typeof Repost> {
  static override summary = "pass a public action of somebody else's on";
  static override description =
    `It goes to the own followers, or with --on to somebody's wall, and to whose action it is; the original goes along.

Exit code: 0 taken; 2 the own action; 7 the original isn't public, or a peer refused; 8 no such action;
queued for later: 4 network, 5 DNS, 6 TLS.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> a1~Pq9sTxZ0',
    '<%= config.bin %> <%= command.id %> a1~Pq9sTxZ0 "Read this" --on bob.example.org --json',
  ];
  static override args = {
    actionId: actionIdArg,
    text: Args.string({ name: 'TEXT', description: 'what to say to it; @FILE, or - for standard input' }),
  };
  static override flags = {
    on: Flags.string({ description: 'on whose wall [default: for the own followers]', helpValue: 'IDTAG' }),
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
