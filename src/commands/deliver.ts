import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/command/base-command.ts';
import { deliveriesVerdict } from '../cli/flags/deliveries-flags.ts';
import { anyIdentityFlag, networkFlags, timeoutFlag } from '../cli/flags/flags.ts';
import { preflightFlag, requestLimits } from '../cli/flags/follow-flags.ts';
import { deliveryLine } from '../cli/render/deliver.ts';

export default class Deliver extends BaseCommand<typeof Deliver> {
  static override summary = 'deliver queued actions now';
  static override description =
    `A running server delivers by itself. Use this command without a server, or to try earlier.
With --json one object a delivery.

Exit code: 0 nothing is queued any more; 7 a peer refused one; still queued: 4 network, 5 DNS, 6 TLS.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> bob.example.org --json',
    '<%= config.bin %> <%= command.id %> --due --quiet   # from cron',
  ];
  static override args = {
    idTag: Args.string({ name: 'IDTAG', multiple: true, description: 'only deliveries to these identities' }),
  };
  static override flags = {
    as: anyIdentityFlag,
    due: Flags.boolean({ description: 'only deliveries that are due' }),
    preflight: preflightFlag,
    ...networkFlags,
    timeout: timeoutFlag,
  };

  async run(): Promise<undefined> {
    const { as, due, preflight, network, timeout } = this.flags;
    const peers = this.args.idTag as unknown as string[] | undefined;
    const { reports } = await this.operate(
      'deliver',
      { as, peers, dueOnly: due, preflight, ...requestLimits(this.flags) },
      ({ stage, status, detail }) => this.detail(`${stage}: ${status}${detail ? ` (${detail})` : ''}`),
      { network, 'request.timeout': timeout },
    );
    for (const report of reports) {
      await this.record(report);
      this.print(deliveryLine(report, Date.now(), this.colors));
    }
    const whom = peers ? ` for ${peers.join(', ')}` : '';
    if (reports.length === 0) this.talk(`Nothing is ${due ? 'due' : 'queued'}${whom}.`);
    this.verdict(deliveriesVerdict(reports));
  }
}
