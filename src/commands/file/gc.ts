import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/command/base-command.ts';
import { durationFlag } from '../../cli/flags/flags.ts';
import { renderSweep } from '../../cli/render/files.ts';
import type { FileGcOutput } from '../../cli/schemas/file-gc.ts';

export default class FileGc extends BaseCommand<typeof FileGc> {
  static override summary = 'remove stored bytes that no file names';
  static override description =
    `Such bytes remain of interrupted or refused uploads. A server removes them once a day. Bytes that a file of any identity of the
home names are never removed.

Exit code: 0 done; 8 the journal is damaged, so that the needed bytes aren't known.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --dry-run',
    '<%= config.bin %> <%= command.id %> --grace 1h --json',
  ];
  static override flags = {
    'dry-run': Flags.boolean({ description: 'only show what would be removed' }),
    grace: durationFlag({ description: 'keep blobs that are younger than this, at least 10m [default: 24h]' }),
  };

  async run(): Promise<FileGcOutput> {
    const { 'dry-run': dryRun, grace } = this.flags;
    const swept = await this.operate('sweepFiles', { dryRun, grace });
    this.print(renderSweep(swept));
    return swept;
  }
}
