import { BaseCommand } from '../../cli/command/base-command.ts';
import { dirFlag, sandboxDirectory } from '../../cli/flags/sandbox-directory.ts';
import type { SandboxDownOutput } from '../../cli/schemas/sandbox-down.ts';

export default class SandboxDown extends BaseCommand<typeof SandboxDown> {
  static override summary = 'stop the sandbox and wait until it has ended';
  static override description =
    `Homes, keys and certificates stay: "sandbox up" starts the same federation again. Servers that a killed
sandbox left behind are ended too.

Exit code: 0 nothing runs any more, 8 there is no sandbox.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --dir ./federation --json',
  ];
  static override flags = { dir: dirFlag };

  async run(): Promise<SandboxDownOutput> {
    const [{ sandboxDown }, { sandboxPaths }] = await Promise.all([
      import('../../sandbox/lifecycle/down.ts'),
      import('../../sandbox/directory/paths.ts'),
    ]);
    const result = await sandboxDown(sandboxPaths(sandboxDirectory(this.flags.dir)));
    this.print(result.wasUp ? `Stopped the sandbox in ${result.dir}` : `No sandbox ran in ${result.dir}`);
    if (result.orphans.length > 0) this.print(`Ended servers that were left: ${result.orphans.join(', ')}`);
    return result;
  }
}
