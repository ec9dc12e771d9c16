import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/command/base-command.ts';
import { asFlag } from '../cli/flags/flags.ts';
import { renderRelations } from '../cli/render/relations.ts';

export default class Relations extends BaseCommand<typeof Relations> {
  static override summary = 'list whom an identity follows, who follows it, and whom it blocks';
  static override description = 'By name. With --json one object a peer.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --followers --as alice.example.com --json',
  ];
  static override flags = {
    as: asFlag,
    following: Flags.boolean({ description: 'those that the identity follows' }),
    followers: Flags.boolean({ description: 'those that follow it' }),
    connected: Flags.boolean({ description: 'those that it is connected with' }),
    blocked: Flags.boolean({ description: 'those that it blocks' }),
    muted: Flags.boolean({ description: 'those that it mutes' }),
  };

  async run(): Promise<undefined> {
    const { as, following, followers, connected, blocked, muted } = this.flags;
    const chosen = { following, followers, connected, blocked, muted };
    const { idTag, relations } = await this.operate('listRelations', { as, ...chosen });
    for (const relation of relations) await this.record(relation);
    if (relations.length > 0) this.print(renderRelations(relations));
    else this.talk(`${idTag} has no relation${Object.values(chosen).some(Boolean) ? ' of this kind' : ' yet'}.`);
  }
}
