import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/command/base-command.ts';
import { forceFlag, peerFlags, signInFlag } from '../cli/flags/peer-flags.ts';
import { type FileTarget, openFileTarget } from '../cli/output/file-target.ts';
import { renderFile } from '../cli/render/fetch-file.ts';
import type { FetchFileOutput } from '../cli/schemas/fetch-file.ts';
import { parseIdTag } from '../protocol/id-tag.ts';
import type { FileReport } from '../services/inspect/fetch-file.ts';

export default class FetchFile extends BaseCommand<typeof FetchFile> {
  static override summary = 'fetch a file and verify its bytes by its ID';
  static override description =
    `The file of --out appears only when it is complete and verified. For a pipe the exit code tells whether the bytes were right.

Exit code: 4 network, 5 DNS, 6 TLS, 7 the peer refused, or the bytes aren't those of the ID, 8 the file can't be written.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> alice.example.com f1~asaDmhj5KUnuT1_VdjYz-bvMQHOQO6P_b0_LXK-SG94 --out dot.png',
    '<%= config.bin %> <%= command.id %> alice.example.com f1~… --variant vis.tn --as bob.example.org > thumb.webp',
  ];
  static override args = {
    idTag: Args.string({ name: 'IDTAG', required: true, description: 'the identity whose instance is asked' }),
    fileId: Args.string({ name: 'FILEID', required: true, description: 'the file ID (f1~…), or a blob ID (b1~…)' }),
  };
  static override flags = {
    out: Flags.string({ char: 'o', description: 'file to write; - for standard output', helpValue: 'FILE' }),
    force: forceFlag,
    variant: Flags.string({
      description: "vis.tn, sd, orig, …, or a blob ID [default: the peer's choice]",
      helpValue: 'VARIANT',
    }),
    as: signInFlag,
    ...peerFlags,
  };

  async run(): Promise<FetchFileOutput> {
    const { out, force, variant, as, network, timeout } = this.flags;
    const from = parseIdTag(this.args.idTag);
    const signal = this.stopSignal();
    const json = this.jsonEnabled();
    const target = await openFileTarget({ out, force, json, output: this.output, stdout: () => process.stdout });
    try {
      const [{ openPeerAccess }, { fetchFile }] = await Promise.all([
        import('../cli/home/open-peer-access.ts'),
        import('../services/inspect/fetch-file.ts'),
      ]);
      const peer = await openPeerAccess(
        this.home,
        await this.settings({ network, 'request.timeout': timeout }),
        this.observer,
      );
      try {
        const input = { from, fileId: this.args.fileId, variant, sink: target.write, signal };
        const report = await peer.ask(as, from, (bearer) => fetchFile(peer, { ...input, bearer }));
        await target.commit();
        return this.#report(report, target);
      } finally {
        await peer.close();
      }
    } catch (error) {
      await target.discard();
      throw error;
    }
  }

  #report(report: FileReport, { path }: FileTarget): FetchFileOutput {
    // The report goes to stderr when stdout has the bytes.
    if (path === null) this.talk(renderFile(report, path, this.talkColors));
    else this.print(renderFile(report, path, this.colors));
    return { ...report, savedTo: path };
  }
}
