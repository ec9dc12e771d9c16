import { BaseCommand } from '../../cli/command/base-command.ts';
import { dirFlag, sandboxDirectory } from '../../cli/flags/sandbox-directory.ts';
import { EXIT } from '../../cli/output/exit-codes.ts';
import { renderStatus } from '../../cli/render/sandbox.ts';
import type { SandboxStatusOutput } from '../../cli/schemas/sandbox-status.ts';

export default class SandboxStatus extends BaseCommand<typeof SandboxStatus> {
  static override summary = 'check that everything in the sandbox runs and answers';
  static override description = `Asks the DNS server and, over it, every server for its profile.

Exit code: 0 everything answers, 3 something is down, 8 there is no sandbox.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --dir ./federation --json',
  ];
  static override flags = { dir: dirFlag };

  async run(): Promise<SandboxStatusOutput> {
    const [{ sandboxStatus }, { sandboxPaths }] = await Promise.all([
      import('../../sandbox/lifecycle/status.ts'),
      import('../../sandbox/directory/paths.ts'),
    ]);
    const status = await sandboxStatus(sandboxPaths(sandboxDirectory(this.flags.dir)));
    this.print(renderStatus(status, this.colors));
    if (!status.ok) this.verdict(EXIT.failed);
    return status;
  }
}
