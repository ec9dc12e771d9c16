import { basename, resolve } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { asFlag } from '../cli/flags.ts';
import type { AddFileOutput } from '../cli/schemas/add-file.ts';

export default class AddFile extends BaseCommand<typeof AddFile> {
  static override summary = 'keep a file and serve it under the hash of its descriptor';
  static override description =
    `The file is stored as it is, with one variant: orig. It is readable by the identity itself, and by those who
may read an action that attaches it. Adding the same bytes again changes nothing.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> photo.jpg --content-type image/jpeg',
    '<%= config.bin %> <%= command.id %> notes.txt --json',
  ];
  static override args = {
    file: Args.string({ name: 'FILE', required: true, description: 'the file to keep' }),
  };
  static override flags = {
    as: asFlag,
    name: Flags.string({ description: 'what it is called [default: the name of FILE]' }),
    'content-type': Flags.string({ description: 'its media type', default: 'application/octet-stream' }),
  };

  async run(): Promise<AddFileOutput> {
    const { as, name, 'content-type': contentType } = this.flags;
    const path = resolve(this.args.file);
    const added = await this.operate('addFile', { as, path, fileName: name ?? basename(path), contentType });
    this.print(added.fileId);
    this.talk(`  ${added.fileName}, ${added.size} bytes, served to ${added.idTag}`);
    this.detail(`  ${added.descriptor}`);
    return added;
  }
}
