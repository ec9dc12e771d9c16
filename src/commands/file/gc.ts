import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/command/base-command.ts';
import { durationFlag } from '../../cli/flags/flags.ts';
import { renderSweep } from '../../cli/render/files.ts';
import type { FileGcOutput } from '../../cli/schemas/file-gc.ts';

export default class FileGc extends BaseCommand<typeof FileGc> {
  static override summary = 'remove stored bytes that no file names';
  static override description =
    `They are left behind by what was broken off or refused. A server does this once a day by itself. Never touched: whatever a file
of any identity of the home names.

Exit code: 0 done; 8 the journal is damaged, so that nobody can tell what is still needed.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --dry-run',
    '<%= config.bin %> <%= command.id %> --grace 1h --json',
  ];
  static override flags = {
    'dry-run': Flags.boolean({ description: 'only tell what would be removed' }),
    grace: durationFlag({ description: 'leave alone what is younger; 10m or more [default: 24h]' }),
  };

  async run(): Promise<FileGcOutput> {
    const { 'dry-run': dryRun, grace } = this.flags;
    const swept = await this.operate('sweepFiles', { dryRun, grace });
    this.print(renderSweep(swept));
    return swept;
  }
}
