import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/command/base-command.ts';
import { reportFlags } from '../cli/flags/report-flags.ts';
import { MIN_VALIDITY } from '../cli/flags/smoke-test-flags.ts';
import { loadColors } from '../cli/output/colors.ts';
import { renderReport } from '../cli/render/report.ts';
import type { Report as MadeReport } from '../cli/run/make-report.ts';
import { parseIdTag } from '../protocol/id-tag.ts';

export default class Report extends BaseCommand<typeof Report> {
  static override summary = 'put together what a bug report needs, without secrets';
  static override description =
    `Writes Markdown: versions, the settings that are not the default, what doctor finds of this instance (and of IDTAG), and with --log
the end of the server's log. Private keys, tokens, passwords and API keys are taken out. Nothing is sent anywhere.

Exit code: 0 when it was made, whatever doctor finds.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --log /var/log/cloudillo.log --out report.md',
    '<%= config.bin %> <%= command.id %> bob.example.org --json',
  ];
  static override args = { idTag: Args.string({ name: 'IDTAG', description: 'an identity that can not be reached' }) };
  static override flags = reportFlags;

  async run(): Promise<MadeReport> {
    const { out, force } = this.flags;
    const { saveOutput } = await import('../cli/output/output-file.ts');
    // It is pasted elsewhere.
    const { out: plain } = await loadColors({ json: true, noColor: true });
    const text = (report: MadeReport) => renderReport(report, plain);
    if (out === undefined) {
      const report = await this.make();
      this.print(text(report));
      return report;
    }
    const report = await saveOutput(
      out,
      { force },
      () => this.make(),
      (made) => `${text(made).join('\n')}\n`,
    );
    this.talk(`Wrote ${out}. Read it before you pass it on.`);
    return report;
  }

  private async make(): Promise<MadeReport> {
    const { network, timeout, log } = this.flags;
    const [{ makeReport }, { explainSettings }, { examinationOf }, { examineOne }, { ownVersion }] = await Promise.all([
      import('../cli/run/make-report.ts'),
      import('../cli/home/explain-settings.ts'),
      import('../cli/run/examine-home.ts'),
      import('../cli/run/examine-peers.ts'),
      import('../cli/process/own-version.ts'),
    ]);
    const { home } = this;
    const given = { network, 'request.timeout': timeout };
    const minValidity = MIN_VALIDITY;
    const idTag = this.args.idTag === undefined ? null : parseIdTag(this.args.idTag);
    const examineHome = () => this.operate('examineHome', { minValidity }, undefined, given);
    const recall = (peer: string) => this.operate('peerMemory', { peer });
    const place = async () => ({
      home,
      settings: await this.settings(given),
      as: undefined,
      recall,
      observer: this.observer,
    });
    return makeReport({
      version: await ownVersion(),
      settings: () => explainSettings(home, () => {}),
      doctor: () => examinationOf(home, examineHome),
      peer: async () => (idTag === null ? null : examineOne(await place(), { idTag, minValidity })),
      log,
      env: process.env,
    });
  }
}
