import * as Args from '@oclif/core/args';
import { BaseCommand } from '../../cli/command/base-command.ts';
import { renderPeer } from '../../cli/render/peer.ts';
import type { KnownPeerOutput } from '../../cli/schemas/peer.ts';

export default class PeerShow extends BaseCommand<typeof PeerShow> {
  static override summary = 'show what is known and remembered of a peer';
  static override description =
    `Its keys and when they were fetched, a failure to ask it and when it is asked again, its circuit, bans and proof of work of its
addresses, and of each identity of the home relation, queue and last contact. Nothing is sent. Failures and bans are in
the memory of a running server: without one the answer says so.

Exit code: 0; 2 usage, 8 the home can't be opened.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> bob.example.org',
    '<%= config.bin %> <%= command.id %> bob.example.org --json | jq .memory.failure',
  ];
  static override args = { idTag: Args.string({ name: 'IDTAG', required: true, description: 'the peer' }) };

  async run(): Promise<KnownPeerOutput> {
    const known = await this.operate('knownPeer', { peer: this.args.idTag });
    this.print(renderPeer(known, Date.now() / 1000, this.colors));
    return known;
  }
}
