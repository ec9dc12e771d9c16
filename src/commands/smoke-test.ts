import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/command/base-command.ts';
import { MIN_VALIDITY, smokeTestFlags } from '../cli/flags/smoke-test-flags.ts';
import { combineExitCodes, type ExitCode } from '../cli/output/exit-codes.ts';
import { examinationSuite } from '../cli/render/check-cases.ts';
import { renderSmokeTest } from '../cli/render/smoke-test.ts';
import { parseIdTag } from '../protocol/id-tag.ts';

export default class SmokeTest extends BaseCommand<typeof SmokeTest> {
  static override summary = 'check an instance as its peers see it: names, certificate, profile, keys, answers';
  static override description =
    `Sends a Cloudillo server the requests of its peers, and changes nothing there. With --json one object a line, in the order of the
names; with --report FORMAT=-, stdout has only the report.

Exit code: 0 all passed, 3 a check failed; else by what failed: 4 network, 5 DNS, 6 TLS, 7 refused; 9 not all passed within --wait.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> alice.example.com',
    '<%= config.bin %> <%= command.id %> bob.example.org --as alice.example.com --min-validity 21d',
    '<%= config.bin %> <%= command.id %> alice.example.com bob.example.org --json',
    '<%= config.bin %> <%= command.id %> alice.example.com --wait 2m --report junit=report.xml',
  ];
  static override args = {
    idTag: Args.string({ name: 'IDTAG', required: true, multiple: true, description: 'the identity, or several' }),
  };
  static override flags = smokeTestFlags;

  async run(): Promise<undefined> {
    const { as, wait, network, timeout } = this.flags;
    const { examineEach, smokeTestExitCode } = await import('../cli/run/examine-peers.ts');
    const settings = await this.settings({ network, 'request.timeout': timeout });
    const input = {
      idTags: this.args.idTag.map(parseIdTag),
      wait,
      appDomain: this.flags['app-domain'],
      minValidity: this.flags['min-validity'] ?? MIN_VALIDITY,
    };
    const errors: string[] = [];
    const codes = new Set<ExitCode>();
    const reads = (tenant: string, since: number) => this.operate('profileReads', { tenant, since });
    await examineEach({ home: this.home, settings, as, reads, observer: this.observer }, input, async (found) => {
      const checks = found.checks.map((check) => this.pasteable(check));
      const report = { idTag: found.idTag, passed: found.healthy, ms: found.ms, checks };
      errors.push(...checks.flatMap(({ code }) => code ?? []));
      codes.add(smokeTestExitCode(found, wait !== undefined));
      this.result(() => examinationSuite({ ...found, subject: found.idTag, checks }));
      await this.record(report);
      this.print(renderSmokeTest(report, this.colors));
    });
    this.verdict(combineExitCodes(codes), errors);
  }
}
