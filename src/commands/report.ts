import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/command/base-command.ts';
import { reportFlags } from '../cli/flags/report-flags.ts';
import { MIN_VALIDITY } from '../cli/flags/smoke-test-flags.ts';
import { loadColors } from '../cli/output/colors.ts';
import { terminalLine } from '../cli/output/foreign-text.ts';
import { renderReport } from '../cli/render/report.ts';
import type { Report as MadeReport } from '../cli/run/make-report.ts';
import { observed } from '../protocol/observer.ts';
import { Tracer } from '../services/tracing/tracer.ts';

export default class Report extends BaseCommand<typeof Report> {
  static override summary = 'collect what a bug report needs, without secrets';
  static override description =
    `Writes Markdown: versions, the settings that are not the default, what doctor finds of this instance (and of IDTAG), deliveries by
state, peers whose circuit is open, what came to the inbox in the last hour, what "store check" finds, and a trace of all
that was done for it. With --log and --traces the ends of these files. It has 2 MiB at most. Private keys, tokens, passwords and API keys are taken out. Nothing is sent anywhere.

Exit code: 0 when it was made, whatever doctor finds.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --log /var/log/cloudillo.log --out report.md',
    '<%= config.bin %> <%= command.id %> bob.example.org --json',
  ];
  static override args = { idTag: Args.string({ name: 'IDTAG', description: "an identity that can't be reached" }) };
  static override flags = reportFlags;

  readonly #tracer = new Tracer();

  async run(): Promise<MadeReport> {
    const { out, force } = this.flags;
    const { saveOutput } = await import('../cli/output/output-file.ts');
    // It is pasted elsewhere.
    const { out: plain } = await loadColors({ json: true, noColor: true });
    const { treeLines } = await import('../cli/trace/trace-tree.ts');
    const { spanOf } = await import('../cli/trace/trace-collector.ts');
    const text = (report: MadeReport) => renderReport(report, treeLines(report.trace.spans.map(spanOf), plain), plain);
    if (out === undefined) {
      const report = await this.make();
      this.print(text(report));
      return report;
    }
    const report = await saveOutput(
      out,
      { force },
      () => this.make(),
      // It is shown on a terminal sooner or later.
      (made) =>
        text(made)
          .map((line) => `${terminalLine(line)}\n`)
          .join(''),
    );
    this.talk(`Wrote ${out}. Read it before you pass it on.`);
    return report;
  }

  protected override get tracer(): Tracer {
    return super.tracer ?? this.#tracer;
  }

  private async make(): Promise<MadeReport> {
    const { network, timeout, log, traces } = this.flags;
    const [{ makeReport, MOST_SPANS }, { reportParts }, { keepSpans }] = await Promise.all([
      import('../cli/run/make-report.ts'),
      import('../cli/run/report-parts.ts'),
      import('../cli/trace/trace-collector.ts'),
    ]);
    const parts = await reportParts({
      ...{
        home: this.home,
        observer: this.observer,
        minValidity: MIN_VALIDITY,
        given: { network, 'request.timeout': timeout },
      },
      settings: (given) => this.settings(given),
      operate: (name, input, given) => this.operate(name, input, undefined, given),
      ...{ idTag: this.args.idTag, log, traces },
    });
    const seen = keepSpans(MOST_SPANS);
    const make = () => observed(this.observer, 'report', () => makeReport({ ...parts, trace: () => seen.kept() }));
    return this.tracer.follow(seen, this.tracer.current(), make);
  }
}
