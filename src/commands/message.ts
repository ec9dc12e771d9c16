import * as Args from '@oclif/core/args';
import { ActCommand } from '../cli/command/act-command.ts';
import { attachFlag } from '../cli/flags/attach-flag.ts';
import { saidText } from '../cli/flags/content-flags.ts';
import { followFlags } from '../cli/flags/follow-flags.ts';
import type { ActOutput } from '../cli/schemas/act.ts';

export default class Message extends ActCommand<typeof Message> {
  static override summary = 'send a message to an identity or a conversation';
  static override description =
    `Only the two can read a message to an identity. A message to a conversation is for its subscribers; the owner of the
conversation relays it to them.

Exit code: 0 the peer accepted it; 7 it refused, or the identity may not write in this conversation; 8 no such conversation;
queued for later: 4 network, 5 DNS, 6 TLS.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> bob.example.org "Are you there?"',
    '<%= config.bin %> <%= command.id %> a1~8vyB7bGt - --json < message.txt',
  ];
  static override args = {
    to: Args.string({
      name: 'IDTAG|CONVID',
      required: true,
      description: 'the identity, or the action ID of the conversation',
    }),
    text: Args.string({ name: 'TEXT', required: true, description: 'the text; @FILE, or - for standard input' }),
  };
  static override flags = {
    attach: attachFlag,
    ...followFlags,
  };

  async run(): Promise<ActOutput> {
    const { to, text } = this.args;
    const content = await saidText(text);
    const attachments = await this.attach(this.flags.attach);
    const where = to.startsWith('a1~') ? { parentId: to } : { audienceTag: to };
    return this.say({ type: 'MSG', content, ...where, ...(attachments.length > 0 && { attachments }) });
  }
}
