import { basename, resolve } from 'node:path';
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/command/base-command.ts';
import { asFlag } from '../../cli/flags/flags.ts';
import { usageError } from '../../cli/output/output.ts';
import { renderVariants } from '../../cli/render/variants.ts';
import type { FileAddOutput } from '../../cli/schemas/file-add.ts';

export default class FileAdd extends BaseCommand<typeof FileAdd> {
  static override summary = 'add a file, and serve it under the hash of its descriptor';
  static override description =
    `A file is stored unchanged, as one variant named orig. An image also gets smaller variants without metadata. Its original is stored,
too, unless it has metadata, which may tell where it was taken; the preset archive stores it with its metadata. Smaller variants need the
optional package sharp. Without it only the original is stored. A file can be read by the identity itself, by everybody who may read an
action that attaches it, and by those it is shared with. Adding the same bytes again changes nothing.

Exit code: 0 done; 2 it can't be read, or the preset doesn't take it; 8 it is larger than files.maxBytes, or the disk is full.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> photo.jpg',
    '<%= config.bin %> <%= command.id %> notes --type text/plain --name notes.txt --json',
    'pg_dump shop | <%= config.bin %> <%= command.id %> - --name shop.sql',
  ];
  static override args = {
    path: Args.string({ name: 'PATH', required: true, description: 'the file to add; -: standard input' }),
  };
  static override flags = {
    as: asFlag,
    name: Flags.string({ description: 'the name of the file [default: the name of PATH]', helpValue: 'NAME' }),
    type: Flags.string({ description: 'the media type [default: by the extension of the name]', helpValue: 'TYPE' }),
    preset: Flags.string({
      helpValue: 'PRESET',
      description:
        'which variants are made: file (none), default, high_quality, mobile, archive, cover, … (docs/files.md) [default: by its type]',
    }),
  };

  async run(): Promise<FileAddOutput> {
    const { as, name, type: contentType, preset } = this.flags;
    const given = this.args.path;
    const add = (path: string, fileName: string) =>
      this.operate('addFile', { as, path: resolve(path), fileName, contentType, preset });
    const added = given === '-' ? await this.#addInput(add) : await add(given, name ?? basename(given));
    const size = added.dim ? `${added.dim.join(' × ')} pixels, ` : '';
    this.print(added.fileId);
    this.talk(`  ${added.fileName}, ${added.contentType}, ${size}${added.size} bytes, served to ${added.idTag}`);
    for (const line of renderVariants(added)) this.talk(line);
    this.detail(`  ${added.descriptor}`);
    return added;
  }

  async #addInput<T>(add: (path: string, fileName: string) => Promise<T>): Promise<T> {
    const { name } = this.flags;
    if (name === undefined) {
      throw usageError('usage.missing', 'What comes on standard input has no name', 'Give it one with --name');
    }
    const { withSpooledInput } = await import('../../cli/input/spooled-input.ts');
    return withSpooledInput((await this.settings()).files.maxBytes, (path) => add(path, name));
  }
}
