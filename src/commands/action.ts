import * as Args from '@oclif/core/args';
import { ActCommand } from '../cli/command/act-command.ts';
import { actionFlags } from '../cli/flags/action-flags.ts';
import { contentOf } from '../cli/flags/content-flags.ts';
import type { ActOutput } from '../cli/schemas/act.ts';

export default class Action extends ActCommand<typeof Action> {
  static override summary = 'create and send an action of any type, with any claim';
  static override description =
    `Absent claims get the protocol's defaults: the audience of an answer, the visibility, the flags of a conversation.
An action that every instance would refuse isn't signed. The types and their claims: docs/actions.md

Exit code: 0 accepted, or without recipients; 2 wrong for its type; 3 it contradicts the present state; 7 not allowed, or a
peer refused it; 8 it names something that isn't stored; queued for later: 4 network, 5 DNS, 6 TLS.`;
  static override examples = [
    `<%= config.bin %> <%= command.id %> CONV --content-json '{"name":"Plans"}'`,
    '<%= config.bin %> <%= command.id %> INVT --sub a1~8vyB7bGt --audience bob.example.org',
    '<%= config.bin %> <%= command.id %> SUBS:DEL --sub a1~8vyB7bGt',
    '<%= config.bin %> <%= command.id %> POST:TEXT --content @post.txt --visibility P --dry-run',
  ];
  static override args = {
    type: Args.string({ name: 'TYPE[:SUB]', required: true, description: 'CONV, INVT, SUBS:UPD, …' }),
  };
  static override flags = actionFlags;

  async run(): Promise<ActOutput> {
    const { audience, sub, parent, attach, visibility, flags, expires } = this.flags;
    const [content, attachments] = [await contentOf(this.flags), await this.attach(attach)];
    return this.say({
      type: this.args.type,
      ...(audience !== undefined && { audienceTag: audience }),
      ...(sub !== undefined && { subject: sub }),
      ...(parent !== undefined && { parentId: parent }),
      ...(content !== undefined && { content }),
      ...(attachments.length > 0 && { attachments }),
      ...(visibility !== undefined && { visibility }),
      ...(flags !== undefined && { flags }),
      ...(expires !== undefined && { expiresAt: expires }),
    });
  }
}
