import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/command/base-command.ts';
import { stageLine } from '../../cli/render/stages.ts';
import { renderStoreCompact } from '../../cli/render/store.ts';
import type { StoreCompactOutput } from '../../cli/schemas/store-compact.ts';

export default class StoreCompact extends BaseCommand<typeof StoreCompact> {
  static override summary = 'remove deleted, expired and outdated data from the journal';
  static override description =
    `Drops the tokens of deleted and expired actions, the files that only deleted actions brought, deliveries that ended longer ago than
the setting delivery.keepEnded, and old versions of rows. The IDs of the actions stay, so that a deleted action is never accepted
again. A server compacts by
itself when a quarter of the journal can be dropped. It works while a server runs, and may be interrupted at any time.

Exit code: 0 done; 8 the disk is full or can't be written (the journal stays whole).`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --dry-run --json',
  ];
  static override flags = {
    'dry-run': Flags.boolean({ description: 'only show what would be dropped' }),
  };

  static override mayTakeLong = true;

  async run(): Promise<StoreCompactOutput> {
    const done = await this.operate('compactStore', { dryRun: this.flags['dry-run'] }, (event) => {
      const line = event.status === 'start' ? '  reading …' : stageLine(event, this.talkColors);
      if (line !== null) this.talk(line);
    });
    this.print(renderStoreCompact(done, this.colors));
    return done;
  }
}
