import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/command/base-command.ts';
import { requestFlags } from '../cli/flags/request-flags.ts';
import { requestTarget } from '../cli/flags/request-target.ts';
import { EXIT } from '../cli/output/exit-codes.ts';
import { ignoredNote, renderHead } from '../cli/render/answer.ts';
import type { AnswerOutput } from '../cli/schemas/request.ts';

export default class Get extends BaseCommand<typeof Get> {
  static override summary = 'send one GET request to an instance and show the answer';
  static override description =
    `The unchanged body goes to stdout. The rules of every outgoing request hold: https, no redirects, limited in time and size.

Exit code: 0 for 2xx, 7 for another status (its body is shown), 4 network, 5 DNS, 6 TLS.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> alice.example.com /api/me',
    "<%= config.bin %> <%= command.id %> 'https://cl-o.alice.example.com/api/actions?type=POST' --include",
    '<%= config.bin %> <%= command.id %> alice.example.com /api/outbox --as bob.example.org',
  ];
  static override args = {
    target: Args.string({ name: 'URL|IDTAG', required: true, description: 'a URL, or an identity' }),
    path: Args.string({ name: 'PATH', description: 'the path, when the target is an identity' }),
  };
  static override flags = requestFlags;

  async run(): Promise<AnswerOutput> {
    const { network, timeout, as, include, header = [] } = this.flags;
    const target = requestTarget(this.args.target, this.args.path);
    const [{ sendRequest }, { answerOutput, bodyForOutput }] = await Promise.all([
      import('../cli/command/request-command.ts'),
      import('../cli/output/show-answer.ts'),
    ]);
    const settings = await this.settings({ network, 'request.timeout': timeout });
    const order = { method: 'GET' as const, target, headers: header, as, bearerFile: this.flags['bearer-file'] };
    const response = await sendRequest(this.home, settings, { ...order, observer: this.observer });
    if (include || response.status >= 300) this.talk(renderHead(response, this.talkColors));
    else this.talk(ignoredNote(response));
    if (!this.jsonEnabled()) await this.output.write(bodyForOutput(response.body, process.stdout.isTTY));
    if (response.status >= 300) this.verdict(EXIT.refused);
    return answerOutput(response);
  }
}
