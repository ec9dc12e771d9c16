import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../../cli/command/base-command.ts';
import { asFlag, networkFlags, timeoutFlag } from '../../cli/flags/flags.ts';
import { renderOwnProfile, renderPeerProfile } from '../../cli/render/profile.ts';
import type { OwnProfileOutput, PeerProfileOutput } from '../../cli/schemas/profile-show.ts';

export default class ProfileShow extends BaseCommand<typeof ProfileShow> {
  static override summary = 'show the profile of an identity of the home, or of a peer as it was fetched last';
  static override description =
    `Shows of an identity of the home its name, keys and number of followers. Shows of a peer its name, the relation, a block or mute,
and its keys, also those that are no longer published. Without --refresh no request is sent. A running server fetches the profiles of
related peers once a day. fetch-profile shows what an instance publishes now.

Exit code: 0 shown; with --refresh also 4 network, 5 DNS, 6 TLS, 7 not a profile.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> bob.example.org --refresh',
    '<%= config.bin %> <%= command.id %> bob.example.org --as alice.example.com --json',
  ];
  static override args = {
    idTag: Args.string({ name: 'IDTAG', description: 'a peer [default: the identity of the home]' }),
  };
  static override flags = {
    as: asFlag,
    refresh: Flags.boolean({ description: 'ask the peer for its profile now' }),
    ...networkFlags,
    timeout: timeoutFlag,
  };

  async run(): Promise<OwnProfileOutput | PeerProfileOutput> {
    const { as, refresh, network, timeout } = this.flags;
    const input = { as, refresh, idTag: this.args.idTag };
    const profile = await this.operate('showProfile', input, undefined, { network, 'request.timeout': timeout });
    if (profile.own) this.print(renderOwnProfile(profile, this.colors));
    else this.print(renderPeerProfile(profile, Date.now() / 1000, this.colors));
    if (!profile.own && profile.checkedAt === null) {
      this.talk(`${profile.idTag} was never asked for its profile: --refresh asks now`);
    }
    return profile;
  }
}
