import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/command/base-command.ts';
import { dirFlag, sandboxDirectory } from '../../cli/flags/sandbox-directory.ts';
import { fieldLines } from '../../cli/render/fields.ts';
import { shownTime } from '../../cli/render/shown-time.ts';
import type { SandboxCertOutput } from '../../cli/schemas/sandbox-cert.ts';

export default class SandboxCert extends BaseCommand<typeof SandboxCert> {
  static override summary = 'issue a certificate of the sandbox for a server of your own';
  static override description =
    `The certificate is for IDTAG and cl-o.IDTAG. An existing one is kept while it is valid. Works before the first "sandbox up".

Exit code: 0 done, 2 not an idTag, 8 the files can't be written.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> carol.test',
    '<%= config.bin %> <%= command.id %> carol.test --out-dir ./certs --json',
  ];
  static override args = { idTag: Args.string({ name: 'IDTAG', required: true, description: 'the identity' }) };
  static override flags = {
    dir: dirFlag,
    'out-dir': Flags.string({ description: 'write copies to this directory', helpValue: 'DIR' }),
  };

  async run(): Promise<SandboxCertOutput> {
    const [{ issueFor }, { sandboxPaths }] = await Promise.all([
      import('../../sandbox/certificates/issue.ts'),
      import('../../sandbox/directory/paths.ts'),
    ]);
    const paths = sandboxPaths(sandboxDirectory(this.flags.dir));
    const input = { idTag: this.args.idTag, outDir: this.flags['out-dir'] };
    const { cert, key, ca, hosts, expiresAt, ...rest } = await issueFor(paths, input, new Date());
    this.print(
      `${rest.issued ? 'Issued' : 'There is'} a certificate for ${hosts.join(' and ')}, valid until ${shownTime(expiresAt)}`,
    );
    this.print(
      fieldLines([
        ['cert', cert],
        ['key', key],
        ['CA', ca],
      ]),
    );
    return { ...rest, hosts, cert, key, ca, expiresAt };
  }
}
