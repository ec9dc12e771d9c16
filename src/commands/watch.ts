import * as Args from '@oclif/core/args';
import { BaseCommand, type FlagsOf } from '../cli/command/base-command.ts';
import { watchFlags } from '../cli/flags/watch-flags.ts';
import { jsonLine, terminalLine } from '../cli/output/foreign-text.ts';
import { renderWatched } from '../cli/render/watch.ts';
import { parseIdTag } from '../protocol/id-tag.ts';
import type { WatchedAction } from '../services/reading/watched-action.ts';

export default class Watch extends BaseCommand<typeof Watch> {
  static override summary = 'show actions as they arrive, here or on another instance';
  static override description =
    `Each action is a row, and with --json an object. Without IDTAG the command watches the home's own server. With IDTAG it watches that
identity's instance, signed in as --as, and shows the actions that --as may read. It connects again when the connection ends, and first shows
the actions that arrived meanwhile. Each action is shown once.

Exit code: 0 a limit was reached, or Ctrl-C; 9 too few arrived in time; 8 no server serves this home;
4 network, 5 DNS, 6 TLS, 7 the peer refused.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --type FLLW --issuer bob.example.org --limit 1 --wait 30s',
    '<%= config.bin %> <%= command.id %> bob.example.org --as alice.example.com --since 2026-01-31',
    '<%= config.bin %> <%= command.id %> --json | jq -r .content',
  ];
  static override args = {
    idTag: Args.string({ name: 'IDTAG', description: 'the identity whose instance is watched [default: this home]' }),
  };
  static override flags = watchFlags;

  async run(): Promise<undefined> {
    const { as, since, limit, wait, retry, network, type: types, issuer, incoming } = this.flags;
    const stop = this.stopSignal();
    const { runWatch } = await import('../cli/run/watch-run.ts');
    const source = await this.#source({ as, since, network });
    try {
      const filter = { types, issuer, incoming };
      const onPause = (error: unknown, pause: number) => this.#sayPause(error, pause);
      const write = (action: WatchedAction) => this.#write(action);
      const onReady = () => this.talk(`Watching ${this.args.idTag ?? 'what arrives here'}. Ctrl-C ends it.`);
      await runWatch({ ...filter, session: source.session, limit, wait, retry, stop, write, onReady, onPause });
    } finally {
      await source.close();
    }
  }

  async #source({ as, since, network }: Pick<FlagsOf<typeof Watch>, 'as' | 'since' | 'network'>) {
    if (this.args.idTag === undefined) {
      const { openLocalWatch } = await import('../cli/run/watch-local.ts');
      return openLocalWatch(this.home, { as, since });
    }
    const { watchPeer } = await import('../cli/run/watch-peer.ts');
    const watched = { idTag: parseIdTag(this.args.idTag), as, since, observer: this.observer };
    return watchPeer(this.home, await this.settings({ network }), watched);
  }

  #write(action: WatchedAction): Promise<void> {
    return this.output.write(this.jsonEnabled() ? jsonLine(action) : `${terminalLine(renderWatched(action))}\n`);
  }

  #sayPause(error: unknown, pause: number): void {
    const why = error instanceof Error ? error.message : 'The server stopped';
    this.talk(`${why}. Trying again in ${(pause / 1000).toFixed(1)} s`);
  }
}
