import * as Args from '@oclif/core/args';
import { ActCommand } from '../cli/command/act-command.ts';
import { followFlags } from '../cli/flags/follow-flags.ts';
import type { ActOutput } from '../cli/schemas/act.ts';

export default class Disconnect extends ActCommand<typeof Disconnect> {
  static override summary = 'end a connection, or withdraw the request for one';
  static override description =
    `The connection ends here at once; a delivery that fails stays queued. The follows stay: see unfollow.
It is a success without a change when there is no connection.

Exit code: 0 the peer accepted it, or nothing to do; 7 it refused; queued for later: 4 network, 5 DNS, 6 TLS.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> bob.example.org',
    '<%= config.bin %> <%= command.id %> bob.example.org --as alice.example.com --json',
  ];
  static override args = {
    idTag: Args.string({ name: 'IDTAG', required: true, description: 'the peer' }),
  };
  static override flags = followFlags;

  run(): Promise<ActOutput> {
    return this.relate('disconnect', this.args.idTag);
  }
}
