import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { renderHead } from '../cli/render/answer.ts';
import { requestFlags } from '../cli/request-flags.ts';
import { requestTarget } from '../cli/request-target.ts';
import type { AnswerOutput } from '../cli/schemas/request.ts';

export default class Post extends BaseCommand<typeof Post> {
  static override summary = 'send one POST request to an instance and show the answer';
  static override description =
    `Sends --data once, never again by itself. The body of the answer goes to stdout as it came.

Exit code: 0 for 2xx, 7 for another status (its body is shown), 4 network, 5 DNS, 6 TLS.`;
  static override examples = [
    `<%= config.bin %> <%= command.id %> bob.example.org /api/inbox/sync --data '{"token":"eyJ0eXAi…"}'`,
    '<%= config.bin %> <%= command.id %> bob.example.org /api/inbox --data @body.json --include',
    '<%= config.bin %> <%= command.id %> bob.example.org /api/inbox --data - --raw < broken.json',
  ];
  static override args = {
    target: Args.string({ name: 'URL|IDTAG', required: true, description: 'a URL, or an identity' }),
    path: Args.string({ name: 'PATH', description: 'with an identity: the path' }),
  };
  static override flags = {
    data: Flags.string({ char: 'd', description: 'the body: JSON, @FILE, or - for standard input', required: true }),
    'content-type': Flags.string({ description: 'type of the body', default: 'application/json' }),
    raw: Flags.boolean({ description: "send the body as it is, also when it isn't JSON" }),
    ...requestFlags,
  };

  async run(): Promise<AnswerOutput> {
    const { network, timeout, as, include, header = [], data, raw } = this.flags;
    const target = requestTarget(this.args.target, this.args.path);
    const [{ sendRequest }, { answerOutput, bodyForOutput }, { requestBody }] = await Promise.all([
      import('../cli/request-command.ts'),
      import('../cli/show-answer.ts'),
      import('../cli/request-body.ts'),
    ]);
    const contentType = this.flags['content-type'];
    const body = await requestBody(data, { json: !raw && /[/+]json\b/.test(contentType) });
    const settings = await this.settings({ network, 'request.timeout': timeout });
    const common = { method: 'POST' as const, target, headers: header, as, bearerFile: this.flags['bearer-file'] };
    const response = await sendRequest(this.home, settings, { ...common, body, contentType });
    if (include || response.status >= 300) this.talk(renderHead(response, this.talkColors));
    if (!this.jsonEnabled()) await this.output.write(bodyForOutput(response.body, process.stdout.isTTY));
    if (response.status >= 300) this.verdict(EXIT.refused);
    return answerOutput(response);
  }
}
