import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/command/base-command.ts';
import { assertNoPeerFlags, doctorFlags } from '../cli/flags/doctor-flags.ts';
import { MIN_VALIDITY } from '../cli/flags/smoke-test-flags.ts';
import { examinationSuite } from '../cli/render/check-cases.ts';
import { renderExamination } from '../cli/render/doctor.ts';
import { parseIdTag } from '../protocol/id-tag.ts';
import type { PeerExamination } from '../services/doctor/examine-peer.ts';
import type { HomeExamination } from '../services/doctor/local/examine-home.ts';

export default class Doctor extends BaseCommand<typeof Doctor> {
  static override summary = "find out why an identity can't be reached, or what is wrong with this instance";
  static override description =
    `With IDTAG: names, every address, certificate, answers, keys, clocks, inbox and bus of any Cloudillo server, which is not changed.
Without: this instance, from inside and as its peers see it. The first finding is the root cause; what follows from it stands under it.

Exit code: 0 healthy, 3 something is wrong; else by the finding: 4 network, 5 DNS, 6 TLS, 7 the other side, 8 home or disk.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> bob.example.org',
    '<%= config.bin %> <%= command.id %> bob.example.org --as alice.example.com   # the other direction, too',
    '<%= config.bin %> <%= command.id %> bob.example.org --expect 192.0.2.1 --json',
    '<%= config.bin %> <%= command.id %>   # this instance',
  ];
  static override args = {
    idTag: Args.string({ name: 'IDTAG', description: 'the identity [default: this instance]' }),
  };
  static override flags = doctorFlags;

  async run(): Promise<PeerExamination | HomeExamination> {
    const { idTag } = this.args;
    const found = idTag === undefined ? await this.lookHere() : await this.lookAt(idTag);
    const { examinationExitCode } = await import('../cli/run/examine-peers.ts');
    const checks = found.checks.map((check) => this.pasteable(check));
    const findings = found.findings.map((one) => ({ ...one, next: this.pasteable({ hint: one.next }).hint }));
    const report = { ...found, findings, checks } as PeerExamination | HomeExamination;
    const subject = idTag ?? this.home;
    this.print(renderExamination({ ...report, subject }, this.colors));
    this.result(() => examinationSuite({ ...report, subject }));
    this.verdict(
      examinationExitCode(findings),
      findings.map(({ code }) => code),
    );
    return report;
  }

  private async lookAt(idTag: string) {
    const { as, network, timeout, witness, resolver, ...flags } = this.flags;
    const { examineOne } = await import('../cli/run/examine-peers.ts');
    const settings = await this.settings({ network, 'request.timeout': timeout });
    const recall = (peer: string) => this.operate('peerMemory', { peer });
    const reads = (tenant: string, since: number) => this.operate('profileReads', { tenant, since });
    return examineOne(
      { home: this.home, settings, as, recall, reads, observer: this.observer },
      {
        idTag: parseIdTag(idTag),
        appDomain: flags['app-domain'],
        minValidity: this.minValidity,
        expect: flags.expect,
        resolvers: resolver,
        authoritative: flags.authoritative,
        root: flags.root,
        witnesses: witness?.map(parseIdTag),
      },
    );
  }

  private async lookHere() {
    const { network, timeout } = this.flags;
    assertNoPeerFlags(this.flags);
    const { examinationOf } = await import('../cli/run/examine-home.ts');
    const settings = { network, 'request.timeout': timeout };
    const { minValidity } = this;
    return examinationOf(this.home, () => this.operate('examineHome', { minValidity }, undefined, settings));
  }

  private get minValidity(): number {
    return this.flags['min-validity'] ?? MIN_VALIDITY;
  }
}
