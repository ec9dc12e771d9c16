import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/command/base-command.ts';
import { verifyContext, verifyFlags } from '../cli/flags/verify-flags.ts';
import { countLines, type InputLine } from '../cli/input/input-lines.ts';
import { openStdin } from '../cli/input/read-input.ts';
import { withTokens } from '../cli/input/token-input.ts';
import { combineExitCodes, exitCodeFor } from '../cli/output/exit-codes.ts';
import { withRows } from '../cli/output/row-writer.ts';
import { sizeThreadPool } from '../cli/process/thread-pool.ts';
import { tokenCase, tokenSuite } from '../cli/render/check-cases.ts';
import * as render from '../cli/render/verify-token.ts';
import { inspectBatch, verifyBatch } from '../cli/run/verify-batch.ts';
import { withKeys } from '../cli/run/verify-keys.ts';
import type { InspectionOutput, VerifyTokenOutput } from '../cli/schemas/verify-token.ts';
import { inspectToken } from '../services/keys/inspect-token.ts';
import type { KeySource } from '../services/keys/key-sources.ts';
import { verifyTokenReport } from '../services/keys/verify-token.ts';

export default class VerifyToken extends BaseCommand<typeof VerifyToken> {
  static override summary = 'check an action token: every check, with its reason';
  static override description =
    `The key comes from the issuer's profile, from --key FILE, or from this home (--offline).
Several tokens, one a line, in --file or on standard input are a batch: one line out for each, in order.

Exit code: 0 valid, 3 a check failed; when the key couldn't be fetched: 4 network, 5 DNS, 6 TLS, 7 peer, 8 key file.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> eyJ0eXAi… --audience alice.example.com',
    '<%= config.bin %> <%= command.id %> --key alice.json < token.txt',
    '<%= config.bin %> <%= command.id %> --key alice.json --json < tokens.txt',
    '<%= config.bin %> <%= command.id %> --inspect --file token.txt',
  ];
  static override args = { token: Args.string({ description: 'the token; - for standard input' }) };
  static override flags = verifyFlags;

  async run(): Promise<VerifyTokenOutput | InspectionOutput | undefined> {
    sizeThreadPool();
    const { file, batch, inspect, key = [], offline, network, timeout } = this.flags;
    const settings = () => this.settings({ network, 'request.timeout': timeout });
    return withTokens({ token: this.args.token, file, batch, stdin: openStdin }, async (input) => {
      if (inspect) return 'one' in input ? this.#inspect(input.one) : this.#inspectAll(input.many);
      const warn = (text: string) => this.talk(text);
      const { home, observer } = this;
      return withKeys({ files: key, offline, home, settings, warn, observer }, (keys) =>
        'one' in input ? this.#verify(input.one, keys) : this.#verifyAll(input.many, keys),
      );
    });
  }

  async #verify(token: string, keys: KeySource): Promise<VerifyTokenOutput> {
    const context = verifyContext(this.flags);
    const startedAt = Date.now();
    const { report, verdict } = await verifyTokenReport({ keys, observer: this.observer }, { token, ...context });
    const { hint } = 'hint' in verdict ? this.pasteable(verdict) : {};
    this.print(render.report(report, verdict, { hint, now: context.now }, this.colors));
    this.result(() => tokenSuite(report, verdict, startedAt));
    if (verdict.is !== 'valid') this.verdict(exitCodeFor(verdict.code));
    return report;
  }

  async #verifyAll(lines: AsyncIterable<InputLine>, keys: KeySource): Promise<undefined> {
    const context = () => verifyContext(this.flags);
    const startedAt = Date.now();
    const spool = this.wantsResults ? await import('../cli/results/case-spool.ts') : undefined;
    const cases = spool && new spool.CaseSpool();
    const counts = await withRows(this.output, this.jsonEnabled(), (row) =>
      verifyBatch(
        lines,
        keys,
        context,
        ({ line, report, verdict }) => {
          const kept = cases?.add(tokenCase(line, report, verdict));
          const shown = row({ line, ...report }, () => render.batchLine(line, report, verdict, this.colors));
          return kept ? Promise.all([kept, shown]).then(() => undefined) : shown;
        },
        { observer: this.observer, count: () => countLines(this.flags.file) },
      ),
    );
    this.talk(render.batchSummary(counts));
    if (cases) this.result(() => ({ name: 'tokens', startedAt, durationMs: Date.now() - startedAt, cases }));
    this.verdict(combineExitCodes([...counts.codes].map(exitCodeFor)), counts.codes);
  }

  #inspect(token: string): InspectionOutput {
    const inspection = inspectToken(token);
    this.print(render.inspection(inspection, Date.now() / 1000, this.colors));
    return inspection;
  }

  async #inspectAll(lines: AsyncIterable<InputLine>): Promise<undefined> {
    const codes = await withRows(this.output, this.jsonEnabled(), (row) =>
      inspectBatch(lines, (item) => row(item, () => render.inspectedLine(item, this.colors))),
    );
    this.verdict(combineExitCodes([...codes].map(exitCodeFor)));
  }
}
