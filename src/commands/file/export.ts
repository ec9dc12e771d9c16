import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/command/base-command.ts';
import { asFlag } from '../../cli/flags/flags.ts';
import { forceFlag } from '../../cli/flags/peer-flags.ts';
import { type FileTarget, openFileTarget } from '../../cli/output/file-target.ts';
import { renderFoundFile } from '../../cli/render/files.ts';
import type { FileExportOutput } from '../../cli/schemas/file-export.ts';
import type { FoundFile } from '../../services/files/find-file.ts';

export default class FileExport extends BaseCommand<typeof FileExport> {
  static override summary = 'write a stored file to a file or to standard output';
  static override description =
    `The hash of the bytes is checked: a damaged file is an error. To fetch a file from another instance:
cloudillo fetch-file.

Exit code: 0 done; 2 no such variant; 8 no such file, or its bytes are damaged.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> f1~asaDmhj5KUnuT1_VdjYz-bvMQHOQO6P_b0_LXK-SG94 -o dot.png',
    '<%= config.bin %> <%= command.id %> alice.example.com f1~… --variant vis.tn > thumb.webp',
  ];
  static override args = {
    first: Args.string({
      name: 'ID',
      required: true,
      description: 'the file ID (f1~…); with two arguments the identity',
    }),
    second: Args.string({ name: 'ID', description: 'the file ID, when the first argument is an identity' }),
  };
  static override flags = {
    as: asFlag,
    out: Flags.string({ char: 'o', description: 'file to write; - for standard output', helpValue: 'FILE' }),
    force: forceFlag,
    variant: Flags.string({
      description: 'orig, vis.tn, sd, … [default: the best one that is stored]',
      helpValue: 'VARIANT',
    }),
  };

  async run(): Promise<FileExportOutput> {
    const { out, force, variant } = this.flags;
    const { first, second } = this.args;
    const [as, fileId] = second === undefined ? [this.flags.as, first] : [first, second];
    const json = this.jsonEnabled();
    const found = await this.operate('findFile', { as, fileId, variant });
    const target = await openFileTarget({ out, force, json, output: this.output, stdout: () => process.stdout });
    try {
      await this.#copy(found, target);
      await target.commit();
    } catch (error) {
      await target.discard();
      throw error;
    }
    // The report goes to stderr when stdout has the bytes.
    if (target.path === null) this.talk(renderFoundFile(found, null));
    else this.print(renderFoundFile(found, target.path));
    return { ...found, savedTo: target.path };
  }

  /** Copies the blob from the home itself: blobs never change, and the door carries no bytes. */
  async #copy({ blobId }: FoundFile, target: FileTarget): Promise<void> {
    const { readHomeBlob } = await import('../../services/files/read-home-blob.ts');
    for await (const chunk of await readHomeBlob(this.home, blobId)) await target.write(chunk as Uint8Array);
  }
}
