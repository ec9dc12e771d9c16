import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { ActCommand } from '../cli/command/act-command.ts';
import { followFlags } from '../cli/flags/follow-flags.ts';
import type { ActOutput } from '../cli/schemas/act.ts';

export default class Connect extends ActCommand<typeof Connect> {
  static override summary = 'ask an identity to connect';
  static override description =
    `The peer accepts or rejects the request. Connected identities follow each other. When the peer has sent a request before,
both are connected at once. An open request or a connection is a success; a queued delivery is tried again. When the peer demands
proof of work, it is made, for at most a minute.

Exit code: 0 the peer accepted the request, or nothing to do; 7 the peer refused; 5 there is no such name;
queued for later: 4 network, 5 DNS, 6 TLS.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> bob.example.org --message "We met in Oslo"',
    '<%= config.bin %> <%= command.id %> bob.example.org --as alice.example.com --sync --json',
  ];
  static override args = {
    idTag: Args.string({ name: 'IDTAG', required: true, description: 'the peer' }),
  };
  static override flags = {
    message: Flags.string({ description: 'a message; asks again when a request is open', helpValue: 'TEXT' }),
    ...followFlags,
  };

  run(): Promise<ActOutput> {
    return this.relate('connect', this.args.idTag, this.flags.message);
  }
}
