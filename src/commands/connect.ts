import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { ActCommand } from '../cli/command/act-command.ts';
import { followFlags } from '../cli/flags/follow-flags.ts';
import type { ActOutput } from '../cli/schemas/act.ts';

export default class Connect extends ActCommand<typeof Connect> {
  static override summary = 'ask an identity to connect';
  static override description =
    `The other side accepts or not; both follow each other then. Where it has asked before us, both are connected at once.
Asked already, or connected, is a success; what is still queued is tried again. Where the other side asks for proof of
work, it is done, as far as that takes no longer than a minute.

Exit code: 0 the peer took it, or nothing to do; 7 the peer refused; 5 there is no such name;
queued for later: 4 network, 5 DNS, 6 TLS.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> bob.example.org --message "We met in Oslo"',
    '<%= config.bin %> <%= command.id %> bob.example.org --as alice.example.com --sync --json',
  ];
  static override args = {
    idTag: Args.string({ name: 'IDTAG', required: true, description: 'the other identity' }),
  };
  static override flags = {
    message: Flags.string({ description: 'a word to go along; asks again where we have asked', helpValue: 'TEXT' }),
    ...followFlags,
  };

  run(): Promise<ActOutput> {
    return this.relate('connect', this.args.idTag, this.flags.message);
  }
}
