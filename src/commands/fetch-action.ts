import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/command/base-command.ts';
import { peerFlags, signInFlag } from '../cli/flags/peer-flags.ts';
import { exitCodeFor } from '../cli/output/exit-codes.ts';
import { renderAction } from '../cli/render/fetch-action.ts';
import type { FetchActionOutput } from '../cli/schemas/fetch-action.ts';
import { CloudilloError } from '../protocol/errors.ts';
import { parseIdTag } from '../protocol/id-tag.ts';
import type { ActionReport } from '../services/inspect/fetch-action.ts';

export default class FetchAction extends BaseCommand<typeof FetchAction> {
  static override summary = 'fetch an action and verify it by its hash and signature';
  static override description =
    `Shows the signed claims. Without a token from the peer nothing can be verified: "not verified", exit code 0.

Exit code: 3 the action is forged or the peer's view contradicts it; 4 network, 5 DNS, 6 TLS, 7 the peer refused or answered another action.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> alice.example.com a1~47x_GyGMHw2GtvF3EOFv79u5mgKu1Vk6YP07ZFOYrWA',
    '<%= config.bin %> <%= command.id %> alice.example.com a1~… --as bob.example.org',
    '<%= config.bin %> <%= command.id %> alice.example.com a1~… --token | <%= config.bin %> verify-token',
  ];
  static override args = {
    idTag: Args.string({ name: 'IDTAG', required: true, description: 'the identity whose instance is asked' }),
    actionId: Args.string({ name: 'ACTIONID', required: true, description: 'the action ID: a1~…' }),
  };
  static override flags = {
    as: signInFlag,
    token: Flags.boolean({ description: 'print the signed token and nothing else' }),
    ...peerFlags,
  };

  async run(): Promise<FetchActionOutput> {
    const { network, timeout, as } = this.flags;
    const { actionId } = this.args;
    const from = parseIdTag(this.args.idTag);
    const [
      { openPeerAccess },
      { openHomeKeys },
      { firstOf },
      { observedSource },
      { keysFromProfiles },
      { actionReport },
    ] = await Promise.all([
      import('../cli/home/open-peer-access.ts'),
      import('../cli/home/open-home-keys.ts'),
      import('../services/keys/key-sources.ts'),
      import('../services/keys/observed-source.ts'),
      import('../services/keys/profile-keys.ts'),
      import('../services/inspect/fetch-action.ts'),
    ]);
    const peer = await openPeerAccess(
      this.home,
      await this.settings({ network, 'request.timeout': timeout }),
      this.observer,
    );
    try {
      const fetched = await peer.ask(as, from, (bearer) => peer.api.fetchAction(from, actionId, { bearer }));
      const own = await openHomeKeys(this.home, { cache: false, required: false });
      const { observer } = this;
      const keys = observedSource(observer, firstOf(...own, keysFromProfiles(peer.api)));
      const { report, verdict } = await actionReport({ keys, observer }, fetched, { from, actionId });
      if (verdict.is === 'failed' || verdict.is === 'undecided') this.verdict(exitCodeFor(verdict.code));
      if (this.flags.token) this.print(tokenOf(report));
      else this.print(renderAction(report, verdict, Date.now() / 1000, this.colors));
      return { ...report, ...(verdict.is !== 'valid' && { reason: verdict.reason }) };
    } finally {
      await peer.close();
    }
  }
}

/** The token, for `--token`. @throws CloudilloError `peer.no-token` */
function tokenOf({ token, from }: ActionReport): string {
  if (token !== null) return token;
  throw new CloudilloError('peer.no-token', `${from} gave the action without its token`, {
    stage: 'response',
    hint: 'Sign in with --as; some servers give no tokens',
  });
}
