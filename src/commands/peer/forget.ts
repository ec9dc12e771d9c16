import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/command/base-command.ts';
import type { ForgottenPeerOutput } from '../../cli/schemas/peer.ts';

export default class PeerForget extends BaseCommand<typeof PeerForget> {
  static override summary = 'forget the failures and the keys of a peer';
  static override description =
    `Both are asked for anew when they are needed. The keys that the peer doesn't publish any more are forgotten, too: what they
signed before can then be verified no longer. Actions, relations and blocks stay.

Exit code: 0 done, also when there was nothing; 2 usage, 8 the home can't be written.`;
  static override examples = ['<%= config.bin %> <%= command.id %> bob.example.org'];
  static override args = { idTag: Args.string({ name: 'IDTAG', required: true, description: 'the peer' }) };

  async run(): Promise<ForgottenPeerOutput> {
    const forgotten = await this.operate('forgetPeer', { peer: this.args.idTag });
    const { peer, failure, keys } = forgotten;
    const failed =
      failure === null ? 'no server runs, so no failure is remembered' : failure ? 'its failure' : 'no failure';
    this.print([`✓ forgot of ${peer}: ${keys === 1 ? '1 key' : `${keys} keys`}; ${failed}`]);
    return forgotten;
  }
}
