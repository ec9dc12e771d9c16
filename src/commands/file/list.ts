import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/command/base-command.ts';
import { asFlag, limitFlag } from '../../cli/flags/flags.ts';
import { renderFiles, renderMissing } from '../../cli/render/files.ts';

/** How many files are read at once: one answer through the control door, one table. */
const PAGE = 500;

export default class FileList extends BaseCommand<typeof FileList> {
  static override summary = 'list stored files';
  static override description = 'Lists own files and files of peers, newest first. With --json one object a file.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --name .png --json | jq -r .fileId',
    '<%= config.bin %> <%= command.id %> --missing',
  ];
  static override flags = {
    as: asFlag,
    name: Flags.string({ description: 'only files with this text in their name', helpValue: 'TEXT' }),
    limit: limitFlag(),
    missing: Flags.boolean({
      description: 'list the files of peers that could not be fetched, with the reasons',
      exclusive: ['name', 'limit'],
    }),
  };

  async run(): Promise<undefined> {
    if (this.flags.missing) return this.#missing();
    const { as, name, limit } = this.flags;
    const wanted = limit === 0 ? Number.POSITIVE_INFINITY : limit;
    let offset = 0;
    let hasMore = true;
    while (hasMore && offset < wanted) {
      const page = await this.operate('listFiles', { as, name, limit: Math.min(wanted - offset, PAGE), offset });
      for (const file of page.files) await this.record(file);
      if (page.files.length > 0) this.print(renderFiles(page.files));
      offset += page.files.length;
      hasMore = page.hasMore;
    }
    if (offset === 0) this.talk(name === undefined ? 'There is no file yet.' : 'No matching files.');
    else if (hasMore) this.talk('There are more: raise --limit, or --limit 0 for all');
  }

  async #missing(): Promise<undefined> {
    const { missing } = await this.operate('listFiles', { as: this.flags.as, limit: 0 });
    for (const file of missing) await this.record(file);
    if (missing.length > 0) this.print(renderMissing(missing));
    else this.talk('Nothing was asked for in vain.');
  }
}
