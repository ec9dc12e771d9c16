import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/command/base-command.ts';
import { asFlag } from '../../cli/flags/flags.ts';
import { renderTreatment } from '../../cli/render/treatment.ts';

export default class BlocksImport extends BaseCommand<typeof BlocksImport> {
  static override summary = 'block all peers and domains of a list';
  static override description =
    `One name a line, as "blocks export" writes them: an idTag, or *.DOMAIN for everything below a domain and the domain itself. Empty
lines and what follows a # are left out. The list is checked first: with a wrong name in it nobody is blocked. What is
blocked already, and is not in the list, stays blocked. With --json one object a name.

Exit code: 0 done; 2 a name is wrong, or the file can't be read; 8 the store can't be written.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> blocks.txt',
    'cloudillo blocks export --as alice.example.com | <%= config.bin %> <%= command.id %> - --as anna.example.com',
  ];
  static override args = {
    file: Args.string({ name: 'FILE', required: true, description: 'the list; - for standard input' }),
  };
  static override flags = { as: asFlag };

  async run(): Promise<undefined> {
    const { readText } = await import('../../cli/input/read-input.ts');
    const lines = (await readText(this.args.file)).split('\n').map((line) => line.replace(/#.*$/, '').trim());
    const peers = lines.filter((line) => line !== '');
    const { as, results } = await this.operate('importBlocks', { as: this.flags.as, peers });
    for (const result of results) {
      await this.record(result);
      if (result.changed) this.print(renderTreatment(result, { blocked: true }));
    }
    const already = results.filter(({ changed }) => !changed).length;
    if (results.length === 0) this.talk('The list is empty.');
    else if (already > 0) this.talk(`${as} blocked ${already} of ${results.length} before.`);
  }
}
