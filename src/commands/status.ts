import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/command/base-command.ts';
import { EXIT } from '../cli/output/exit-codes.ts';
import { withHome } from '../cli/output/pasteable-hint.ts';
import { renderStatus } from '../cli/render/status.ts';
import type { StatusOutput } from '../cli/schemas/status.ts';

export default class Status extends BaseCommand<typeof Status> {
  static override summary = 'show whether this instance is healthy';
  static override description =
    `Shows server, identities and keys, certificate, store, queue and last failures, with hints.
Nothing is sent and nothing is changed.

Exit code: 0; with --check 3 when something needs attention; 8 when the home can't be opened.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --check --json   # for monitoring',
  ];
  static override flags = {
    check: Flags.boolean({ description: 'exit with 3 when something needs attention' }),
  };

  async run(): Promise<StatusOutput> {
    const found = await this.operate('status', undefined);
    const problems = found.problems.map((problem) => ({ ...problem, hint: withHome(problem.hint, this.home) }));
    const status = { ...found, problems };
    this.print(renderStatus(status, Date.now(), this.colors));
    if (this.flags.check && status.problems.length > 0) this.verdict(EXIT.failed);
    return status;
  }
}
