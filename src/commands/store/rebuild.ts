import { BaseCommand } from '../../cli/command/base-command.ts';
import { EXIT } from '../../cli/output/exit-codes.ts';
import { stageLine } from '../../cli/render/stages.ts';
import { renderStoreRebuild } from '../../cli/render/store.ts';
import type { StoreRebuildOutput } from '../../cli/schemas/store-rebuild.ts';

export default class StoreRebuild extends BaseCommand<typeof StoreRebuild> {
  static override summary = 'rebuild the index from the journal';
  static override description = `The journal isn't changed. Works while a server runs.

Exit code: 0 rebuilt; 3 rebuilt, but without damaged records of the journal; 8 the home can't be read or written.`;
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  static override mayTakeLong = true;

  async run(): Promise<StoreRebuildOutput> {
    const made = await this.operate('rebuildStore', {}, (event) => {
      const line = event.status === 'start' ? '  reading …' : stageLine(event, this.talkColors);
      if (line !== null) this.talk(line);
    });
    this.print(renderStoreRebuild(made, this.colors));
    if (made.damaged.length > 0) this.verdict(EXIT.failed);
    return made;
  }
}
