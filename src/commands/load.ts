import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/command/base-command.ts';
import { LOAD_DURATION, loadFlags } from '../cli/flags/load-flags.ts';
import { EXIT } from '../cli/output/exit-codes.ts';
import { isTerminal } from '../cli/output/sink.ts';
import { loadSuite, renderLoad } from '../cli/render/load.ts';
import { parseIdTag } from '../protocol/id-tag.ts';
import { isGood, type LoadReport } from '../services/load/report.ts';

export default class Load extends BaseCommand<typeof Load> {
  static override summary = 'send a controlled load of signed actions to an instance, and measure how it answers';
  static override description =
    `With --rate a latency counts from when its request was due, so that a server which stalls can't hide it (coordinated omission). What
is sent stays in the instance. One on the Internet is refused without --i-own-this. Ctrl-C ends it early, with what was measured.

Exit code: 0 done, 3 nothing was answered well, or a condition of --fail-if is met; 130 it was stopped before its end;
4 network, 5 DNS, 6 TLS: it can't be reached.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> bob.test --peer eve.test --rate 100 --duration 30s --network federation/network.json',
    "<%= config.bin %> <%= command.id %> bob.test --as alice.test --mix FLLW=8,REACT=2 --fail-if 'p99>200ms' --fail-if 'errors>1%'",
    "<%= config.bin %> <%= command.id %> bob.test --as alice.test --rate 50 --baseline before.json --fail-if 'p99>+10%' --json",
  ];
  static override args = {
    idTag: Args.string({ name: 'IDTAG', required: true, description: 'the identity' }),
  };
  static override flags = loadFlags;
  static override showsProgress = true;

  async run(): Promise<LoadReport> {
    const { network, timeout, as, rate = null, peer = [], duration = LOAD_DURATION, mix = { FLLW: 1 } } = this.flags;
    const [{ sendLoad }, { watchLoad }] = await Promise.all([
      import('../cli/run/run-load.ts'),
      import('../cli/render/watch-load.ts'),
    ]);
    const settings = await this.settings({ network, 'request.timeout': timeout });
    const concurrency = this.flags.concurrency ?? (rate === null ? 10 : 256);
    const idTag = parseIdTag(this.args.idTag);
    const watch = watchLoad({
      ...{ idTag, durationMs: duration, terminal: this.hasLiveTerminal, colors: this.talkColors },
      line: (text) => this.talk(text),
    });
    const order = {
      ...{ home: this.home, settings, idTag, as, peers: peer },
      plan: { rate, concurrency, durationMs: duration, patienceMs: settings.request.timeout, mix },
      ...{ thresholds: this.flags['fail-if'] ?? [], baseline: this.flags.baseline },
      ...{ ownsIt: this.flags['i-own-this'], observer: this.observer, progress: watch.progress },
    };
    const report = await sendLoad(order, () => this.stopSignal()).finally(watch.end);
    this.print(renderLoad(report, this.colors, isTerminal(1) ? process.stdout.columns || 80 : null));
    this.result(() => loadSuite(report));
    if (report.stopped) this.verdict(EXIT.cancelled);
    else if (!isGood(report)) this.verdict(EXIT.failed);
    return report;
  }
}
