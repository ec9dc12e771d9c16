import { BaseCommand } from '../../cli/command/base-command.ts';
import { asFlag } from '../../cli/flags/flags.ts';

export default class BlocksExport extends BaseCommand<typeof BlocksExport> {
  static override summary = 'write the peers and domains that an identity blocks';
  static override description =
    `One name a line, for "blocks import" of another identity or home. With --json one object a line.

Exit code: 0; 2 usage, 8 the home can't be opened.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> > blocks.txt',
    '<%= config.bin %> <%= command.id %> --as alice.example.com --json',
  ];
  static override flags = { as: asFlag };

  async run(): Promise<undefined> {
    const { idTag, blocks } = await this.operate('listBlocks', { as: this.flags.as });
    for (const block of blocks) await this.record(block);
    if (blocks.length > 0) this.print(blocks.map(({ peer }) => peer));
    else this.talk(`${idTag} blocks nobody.`);
  }
}
