import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/command/base-command.ts';
import { asFlag } from '../cli/flags/flags.ts';
import { renderRelations } from '../cli/render/relations.ts';

export default class Relations extends BaseCommand<typeof Relations> {
  static override summary = 'list whom an identity follows, who follows it, and whom it blocks';
  static override description = 'Sorted by name. With --json each peer is one object.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --followers --as alice.example.com --json',
  ];
  static override flags = {
    as: asFlag,
    following: Flags.boolean({ description: 'only peers that the identity follows' }),
    followers: Flags.boolean({ description: 'only peers that follow the identity' }),
    connected: Flags.boolean({ description: 'only connected peers' }),
    blocked: Flags.boolean({ description: 'only peers that the identity blocks' }),
    muted: Flags.boolean({ description: 'only peers that the identity mutes' }),
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
