import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/command/base-command.ts';
import { assertChosen, chosenArgs, chosenFlags, deliveriesVerdict } from '../../cli/flags/deliveries-flags.ts';
import { networkFlags, timeoutFlag } from '../../cli/flags/flags.ts';
import { requestLimits } from '../../cli/flags/follow-flags.ts';
import { deliveryLine } from '../../cli/render/deliver.ts';

export default class DeliveriesRetry extends BaseCommand<typeof DeliveriesRetry> {
  static override summary = 'try deliveries again';
  static override description =
    `Queued deliveries are tried now. Refused, expired and dropped ones are queued again. An action that was
deleted or replaced since then is not sent again. With a running server this command returns at once;
without one it tries each delivery once. With --json one object a delivery.

Exit code: 0 all arrived, or the server will try; 7 a peer refused one; still queued: 4 network, 5 DNS, 6 TLS.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> a1~fZ3kq',
    '<%= config.bin %> <%= command.id %> --to bob.example.org',
    '<%= config.bin %> <%= command.id %> --all --state expired --json',
  ];
  static override args = chosenArgs;
  static override flags = {
    ...chosenFlags,
    state: Flags.option({
      options: ['queued', 'refused', 'expired', 'dropped'] as const,
      description: 'only deliveries in this state',
    })(),
    ...networkFlags,
    timeout: timeoutFlag,
  };

  async run(): Promise<undefined> {
    const { as, to, all, state, network, timeout } = this.flags;
    const { action } = this.args;
    assertChosen({ action, to, all });
    const { byServer, reports } = await this.operate(
      'retryDeliveries',
      { as, to, state, actionId: action, ...requestLimits(this.flags) },
      ({ stage, status, detail }) => this.detail(`${stage}: ${status}${detail ? ` (${detail})` : ''}`),
      { network, 'request.timeout': timeout },
    );
    for (const report of reports) {
      await this.record(report);
      this.print(deliveryLine(report, Date.now(), this.colors));
    }
    if (reports.length === 0) this.talk(`There is nothing to try again${to === undefined ? '' : ` for ${to}`}.`);
    else if (byServer) this.talk(this.pasteable({ hint: 'The server tries now: see "cloudillo deliveries".' }).hint);
    this.verdict(deliveriesVerdict(byServer ? [] : reports));
  }
}
