import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/command/base-command.ts';
import { dnsCheckFlags } from '../cli/flags/dns-check-flags.ts';
import { EXIT } from '../cli/output/exit-codes.ts';
import { dnsSuite } from '../cli/render/dns-cases.ts';
import { type RecordFormat, renderDnsCheck, renderRecords } from '../cli/render/dns-check.ts';
import type { DnsCheckOutput } from '../cli/schemas/dns-check.ts';
import type { DnsCheckReport } from '../services/dns/dns-check.ts';
import { systemClock } from '../services/runtime/system-clock.ts';

/** The exit code of a verdict. */
const EXIT_BY_VERDICT = { ok: EXIT.done, nodns: EXIT.failed, address: EXIT.failed, transient: EXIT.dns } as const;

export default class DnsCheck extends BaseCommand<typeof DnsCheck> {
  static override summary = "check that an identity's DNS names reach its server";
  static override description =
    `Looks up cl-o.IDTAG (the API) and the app domain, and checks that they lead to the same server and to --expect.
It prints the missing records. With --format only these go to stdout.

Exit code: 0 right, 3 no record or another server, 5 a lookup failed, 9 not right within --wait.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> alice.example.com --expect 192.0.2.1',
    '<%= config.bin %> <%= command.id %> alice.example.com --authoritative --resolver 1.1.1.1 --resolver https://dns.quad9.net/dns-query',
    '<%= config.bin %> <%= command.id %> alice.example.com --expect 192.0.2.1 --format zone >> example.com.zone',
    '<%= config.bin %> <%= command.id %> alice.example.com --expect server.example.net --wait 10m --json',
  ];
  static override args = { idTag: Args.string({ required: true, description: 'the identity', name: 'IDTAG' }) };
  static override flags = dnsCheckFlags;

  async run(): Promise<DnsCheckOutput> {
    const { flags } = this;
    const [{ checkDns }, { loadNetwork }] = await Promise.all([
      import('../services/dns/dns-check.ts'),
      import('../cli/home/load-network.ts'),
    ]);
    const settings = await this.settings({ network: flags.network });
    const network = await loadNetwork(settings);
    const input = {
      ...flags,
      idTag: this.args.idTag,
      appDomain: flags['app-domain'],
      resolvers: flags.resolver,
      listenHost: settings.listen.host,
    };
    const startedAt = Date.now();
    const report = await checkDns({ network, clock: systemClock, observer: this.observer }, input, (event) => {
      const { stage, status, detail } = event;
      if (stage === 'wait') this.talk(detail ?? '');
      else this.detail(`${stage}: ${status}${detail ? ` (${detail})` : ''}`);
    });
    this.result(() => dnsSuite(report, startedAt));
    this.#show(report, flags.format);
    this.verdict(EXIT_BY_VERDICT[report.verdict]);
    return report;
  }

  #show(report: DnsCheckReport, format: RecordFormat | undefined): void {
    if (format === undefined) {
      this.print(renderDnsCheck(report, this.colors));
      return;
    }
    this.talk(renderDnsCheck(report, this.talkColors));
    const records = renderRecords(report.records, format);
    if (records) this.print(records);
  }
}
