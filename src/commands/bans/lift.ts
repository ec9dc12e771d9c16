import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/command/base-command.ts';
import { usageError } from '../../cli/output/output.ts';

export default class BansLift extends BaseCommand<typeof BansLift> {
  static override summary = 'end the ban of an address, or all bans';
  static override description =
    `An address ends the ban of its network, too. Its bad signatures are forgotten. With --json one object for each ban that was ended.

Exit code: 0 done, also when there was none; 2 usage; 8 no server serves this home, or its limits are off.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> 192.0.2.9',
    '<%= config.bin %> <%= command.id %> 192.0.2.0/24',
    '<%= config.bin %> <%= command.id %> --all',
  ];
  static override args = {
    address: Args.string({ name: 'ADDRESS', description: 'an IP address, or a network as the list names it' }),
  };
  static override flags = { all: Flags.boolean({ description: 'end all bans' }) };

  async run(): Promise<undefined> {
    const { address } = this.args;
    const { all = false } = this.flags;
    if ((address !== undefined) === all) {
      throw usageError('usage.missing', 'Name one address, or all of them', 'Give an ADDRESS, or --all');
    }
    const { bans } = await this.operate('liftBans', { address: address ?? null });
    for (const ban of bans) {
      await this.record(ban);
      this.print([`✓ ${ban.address} and ${ban.network} are not banned any more`]);
    }
    if (bans.length === 0) this.talk(address === undefined ? 'Nobody is banned.' : `${address} is not banned.`);
  }
}
