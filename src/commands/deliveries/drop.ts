import { BaseCommand } from '../../cli/command/base-command.ts';
import { assertChosen, chosenArgs, chosenFlags } from '../../cli/flags/deliveries-flags.ts';
import { deliveryLine } from '../../cli/render/deliver.ts';

export default class DeliveriesDrop extends BaseCommand<typeof DeliveriesDrop> {
  static override summary = 'give up queued deliveries';
  static override description =
    `Dropped deliveries stay in the list, and can be tried again with "deliveries retry". A delivery that is being
sent may still arrive. A follow that never arrived is undone. With --json one object a delivery.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> a1~fZ3kq',
    '<%= config.bin %> <%= command.id %> a1~fZ3kq --to bob.example.org',
    '<%= config.bin %> <%= command.id %> --all --json',
  ];
  static override args = chosenArgs;
  static override flags = chosenFlags;

  async run(): Promise<undefined> {
    const { as, to, all } = this.flags;
    const { action } = this.args;
    assertChosen({ action, to, all });
    const { reports } = await this.operate('dropDeliveries', { as, to, actionId: action });
    for (const report of reports) {
      await this.record(report);
      this.print(deliveryLine(report, Date.now(), this.colors));
    }
    if (reports.length === 0) this.talk('No matching deliveries are queued.');
  }
}
