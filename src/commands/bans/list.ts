import { BaseCommand } from '../../cli/command/base-command.ts';
import { renderBans } from '../../cli/render/peer.ts';

export default class BansList extends BaseCommand<typeof BansList> {
  static override summary = 'list the addresses that the running server bans';
  static override description =
    `The third token with a bad signature bans its address and network for an hour. Bans are in the memory of the server: a restart
ends them. With --json one object a ban.

Exit code: 0; 8 no server serves this home, or its limits are off.`;
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];

  async run(): Promise<undefined> {
    const { bans } = await this.operate('listBans', undefined);
    for (const ban of bans) await this.record(ban);
    if (bans.length > 0) this.print(renderBans(bans, Date.now() / 1000, this.colors));
    else this.talk('Nobody is banned.');
  }
}
