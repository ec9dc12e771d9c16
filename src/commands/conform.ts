import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/command/base-command.ts';
import { caseNames, conformFlags } from '../cli/flags/conform-flags.ts';
import { requestTarget } from '../cli/flags/request-target.ts';
import { EXIT } from '../cli/output/exit-codes.ts';
import { usageError } from '../cli/output/output.ts';
import { conformanceSuite, renderCase, renderCases, renderConformance } from '../cli/render/conform.ts';
import type { ConformanceOutput } from '../cli/schemas/conform.ts';

export default class Conform extends BaseCommand<typeof Conform> {
  static override summary = 'test whether a server keeps to the protocol';
  static override description =
    `Works against any Cloudillo server. By default nothing is left behind there, and at most two signatures are bad: the third one
bans the sender. What needs a peer, the owner or --write is skipped, and said so. What the network's server does differently is
named, and passes.

Exit code: 0 all passed, 3 a case failed; 4 network, 5 DNS, 6 TLS, 7 refused: there is no instance to test.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> bob.example.org',
    '<%= config.bin %> <%= command.id %> https://cl-o.bob.example.org --as alice.example.com --write',
    '<%= config.bin %> <%= command.id %> bob.test --network federation/network.json --peer eve.test --peer mallory.test --write',
    '<%= config.bin %> <%= command.id %> bob.example.org --only profile,envelope --json',
    '<%= config.bin %> <%= command.id %> --list',
  ];
  static override args = {
    target: Args.string({ name: 'URL|IDTAG', description: 'the identity, or a URL of its server' }),
  };
  static override flags = conformFlags;

  async run(): Promise<ConformanceOutput> {
    const { network, timeout, as, write, strict, list, peer = [] } = this.flags;
    const only = caseNames(this.flags.only);
    const skip = caseNames(this.flags.skip);
    if (list) return this.list(only, skip);
    if (this.args.target === undefined)
      throw usageError('usage.missing', 'The instance to test is missing', 'Name an identity or a URL');
    const target = requestTarget(this.args.target, undefined);
    const { runConformance } = await import('../cli/run/run-conformance.ts');
    const settings = await this.settings({ network, 'request.timeout': timeout });
    const order = {
      ...{ home: this.home, settings, target, appDomain: this.flags['app-domain'], as, peers: peer },
      ...{ apiKeyFile: this.flags['api-key-file'], strict, observer: this.observer },
      plan: { only, skip, write, mayBan: this.flags['may-ban'] },
    };
    const startedAt = Date.now();
    const report = await runConformance(order, (result) => this.print(renderCase(this.pasteable(result), this.colors)));
    this.print(renderConformance(report, this.colors));
    this.result(() => conformanceSuite(report, strict, startedAt));
    if (!report.passed) this.verdict(EXIT.failed);
    return report;
  }

  private async list(only: string[], skip: string[]): Promise<ConformanceOutput> {
    const { listCases } = await import('../services/conformance/list-cases.ts');
    const cases = listCases({ only, skip });
    this.print(renderCases(cases));
    return { cases };
  }
}
