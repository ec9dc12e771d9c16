import * as Args from '@oclif/core/args';
import { ActCommand } from '../cli/command/act-command.ts';
import { followFlags } from '../cli/flags/follow-flags.ts';
import type { ActOutput } from '../cli/schemas/act.ts';

export default class Disconnect extends ActCommand<typeof Disconnect> {
  static override summary = 'end a connection, or take back the wish for one';
  static override description =
    `True here at once; a delivery that fails stays queued. Following each other goes on: see unfollow.
Not being connected is a success without a change.

Exit code: 0 the peer took note, or nothing to do; 7 it refused to; queued for later: 4 network, 5 DNS, 6 TLS.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> bob.example.org',
    '<%= config.bin %> <%= command.id %> bob.example.org --as alice.example.com --json',
  ];
  static override args = {
    idTag: Args.string({ name: 'IDTAG', required: true, description: 'the other identity' }),
  };
  static override flags = followFlags;

  run(): Promise<ActOutput> {
    return this.relate('disconnect', this.args.idTag);
  }
}
