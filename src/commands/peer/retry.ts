import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/command/base-command.ts';
import { deliveriesVerdict } from '../../cli/flags/deliveries-flags.ts';
import { requestLimits } from '../../cli/flags/follow-flags.ts';
import { peerFlags } from '../../cli/flags/peer-flags.ts';
import { deliveryLine } from '../../cli/render/deliver.ts';
import type { RetriedPeerOutput } from '../../cli/schemas/peer.ts';

export default class PeerRetry extends BaseCommand<typeof PeerRetry> {
  static override summary = 'ask a peer again at once, and send it what waits';
  static override description =
    `Forgets that the peer could not be reached, and lets the next attempt through its circuit. Queued deliveries to it are tried
now, and so are its tokens that wait for its key. With a running server this command returns at once. Without one it tries
each delivery once.

Exit code: 0 all arrived, or the server will try; 7 the peer refused one; still queued: 4 network, 5 DNS, 6 TLS.`;
  static override examples = ['<%= config.bin %> <%= command.id %> bob.example.org'];
  static override args = { idTag: Args.string({ name: 'IDTAG', required: true, description: 'the peer' }) };
  static override flags = peerFlags;

  async run(): Promise<RetriedPeerOutput> {
    const { network, timeout } = this.flags;
    const retried = await this.operate(
      'retryPeer',
      { peer: this.args.idTag, ...requestLimits(this.flags) },
      ({ stage, status, detail }) => this.detail(`${stage}: ${status}${detail ? ` (${detail})` : ''}`),
      { network, 'request.timeout': timeout },
    );
    const { peer, openSince, parked, byServer, reports } = retried;
    for (const report of reports) this.print(deliveryLine(report, Date.now(), this.colors));
    if (openSince !== null) this.talk(`The circuit of ${peer} was open since ${openSince}.`);
    if (parked > 0) this.talk(`Tokens of ${peer} that waited for its key: ${parked}.`);
    if (reports.length === 0) this.talk(`Nothing is queued for ${peer}. It is asked again when it is needed.`);
    else if (byServer) this.talk(this.pasteable({ hint: 'The server tries now: see "cloudillo deliveries".' }).hint);
    this.verdict(deliveriesVerdict(byServer ? [] : reports));
    return retried;
  }
}
