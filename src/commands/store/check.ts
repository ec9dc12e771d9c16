import { BaseCommand } from '../../cli/command/base-command.ts';
import { EXIT } from '../../cli/output/exit-codes.ts';
import { stageLine } from '../../cli/render/stages.ts';
import { renderStoreCheck } from '../../cli/render/store.ts';
import type { StoreCheckOutput } from '../../cli/schemas/store-check.ts';

export default class StoreCheck extends BaseCommand<typeof StoreCheck> {
  static override summary = 'check journal, hashes, blobs, index and identities';
  static override description = `Changes nothing; works while a server runs.

Exit code: 0 sound; 3 something is damaged; 8 the home can't be opened or read.`;
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];

  static override mayTakeLong = true;

  async run(): Promise<StoreCheckOutput> {
    const report = await this.operate('checkStore', {}, (event) => {
      const line = event.status === 'start' ? '  reading …' : stageLine(event, this.talkColors);
      if (line !== null) this.talk(line);
    });
    this.print(renderStoreCheck(report, this.home, this.colors));
    if (!report.ok) this.verdict(EXIT.failed);
    return report;
  }
}
