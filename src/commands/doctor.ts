import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/command/base-command.ts';
import { doctorFlags } from '../cli/flags/doctor-flags.ts';
import { MIN_VALIDITY } from '../cli/flags/smoke-test-flags.ts';
import { renderExamination } from '../cli/render/doctor.ts';
import type { DoctorOutput } from '../cli/schemas/doctor.ts';
import { parseIdTag } from '../protocol/id-tag.ts';

export default class Doctor extends BaseCommand<typeof Doctor> {
  static override summary = 'find out why an identity can not be reached, and what to do';
  static override description =
    `Looks at names, every address, certificate, answers, keys, clocks, inbox and bus of any Cloudillo server, and changes nothing there.
The first finding is the root cause; what follows from it stands under it.

Exit code: 0 well, 3 something is wrong; else by the finding: 4 network, 5 DNS, 6 TLS, 7 the other side.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> bob.example.org',
    '<%= config.bin %> <%= command.id %> bob.example.org --as alice.example.com   # the other direction, too',
    '<%= config.bin %> <%= command.id %> bob.example.org --expect 192.0.2.1 --json',
  ];
  static override args = {
    idTag: Args.string({ name: 'IDTAG', required: true, description: 'the identity' }),
  };
  static override flags = doctorFlags;

  async run(): Promise<DoctorOutput> {
    const { as, network, timeout, witness, resolver, ...flags } = this.flags;
    const { examineOne, examinationExitCode } = await import('../cli/run/examine-peers.ts');
    const settings = await this.settings({ network, 'request.timeout': timeout });
    const found = await examineOne(
      { home: this.home, settings, as, observer: this.observer },
      {
        idTag: parseIdTag(this.args.idTag),
        appDomain: flags['app-domain'],
        minValidity: flags['min-validity'] ?? MIN_VALIDITY,
        expect: flags.expect,
        resolvers: resolver,
        authoritative: flags.authoritative,
        root: flags.root,
        witnesses: witness?.map(parseIdTag),
      },
    );
    const findings = found.findings.map((finding) => ({ ...finding, next: this.nextStep(finding.next) }));
    const report = { ...found, findings };
    this.print(renderExamination({ ...report, subject: found.idTag }, this.colors));
    this.verdict(examinationExitCode(findings));
    return report;
  }

  private nextStep(next: string): string {
    return this.pasteable({ hint: next }).hint;
  }
}
