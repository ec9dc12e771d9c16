import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/command/base-command.ts';
import { requestFlags } from '../cli/flags/request-flags.ts';
import { requestTarget } from '../cli/flags/request-target.ts';
import { requestBody } from '../cli/input/request-body.ts';
import { EXIT } from '../cli/output/exit-codes.ts';
import { usageError } from '../cli/output/output.ts';
import { ignoredNote, renderHead } from '../cli/render/answer.ts';
import type { AnswerOutput } from '../cli/schemas/request.ts';
import { HTTP_METHODS, type HttpMethod } from '../federation/http/http-method.ts';

export default class Request extends BaseCommand<typeof Request> {
  static override summary = 'send one request to an instance and show the answer';
  static override description =
    `The unchanged body goes to stdout. The rules of every outgoing request hold: https, no redirects, limited in time and size.
The request is never retried.

Exit code: 0 for 2xx, 7 for another status (its body is shown), 4 network, 5 DNS, 6 TLS.`;
  static override examples = [
    `<%= config.bin %> <%= command.id %> POST bob.example.org /api/inbox/sync --data '{"token":"eyJ0eXAi…"}'`,
    '<%= config.bin %> <%= command.id %> POST bob.example.org /api/inbox --data - --raw < broken.json',
    `<%= config.bin %> <%= command.id %> PATCH alice.example.com /api/me --as alice.example.com --data '{"name":"Alice"}'`,
    '<%= config.bin %> <%= command.id %> GET https://cl-o.alice.example.com/api/me --include',
  ];
  static override args = {
    method: Args.string({ name: 'METHOD', required: true, options: [...HTTP_METHODS], description: 'the method' }),
    target: Args.string({ name: 'URL|IDTAG', required: true, description: 'a URL, or an identity' }),
    path: Args.string({ name: 'PATH', description: 'the path, when the target is an identity' }),
  };
  static override flags = {
    data: Flags.string({
      char: 'd',
      description: 'the body: JSON, @FILE, or - for standard input',
      helpValue: 'JSON',
    }),
    'content-type': Flags.string({
      description: 'type of the body [default: application/json]',
      helpValue: 'TYPE',
      dependsOn: ['data'],
    }),
    raw: Flags.boolean({ description: "send the body as it is, also when it isn't JSON", dependsOn: ['data'] }),
    ...requestFlags,
  };

  async run(): Promise<AnswerOutput> {
    const { network, timeout, as, include, header = [] } = this.flags;
    const method = this.args.method as HttpMethod;
    const target = requestTarget(this.args.target, this.args.path);
    const body = await this.#body(method);
    const [{ sendRequest }, { answerOutput, bodyForOutput }] = await Promise.all([
      import('../cli/command/request-command.ts'),
      import('../cli/output/show-answer.ts'),
    ]);
    const settings = await this.settings({ network, 'request.timeout': timeout });
    const order = {
      method,
      target,
      headers: header,
      as,
      bearerFile: this.flags['bearer-file'],
      ...body,
      observer: this.observer,
    };
    const response = await sendRequest(this.home, settings, order);
    if (include || response.status >= 300) this.talk(renderHead(response, this.talkColors));
    else this.talk(ignoredNote(response));
    if (!this.jsonEnabled()) await this.output.write(bodyForOutput(response.body, process.stdout.isTTY));
    if (response.status >= 300) this.verdict(EXIT.refused);
    return answerOutput(response);
  }

  /** Reads the body. @throws CloudilloError `usage.data`, `usage.file`, `usage.value` */
  async #body(method: HttpMethod): Promise<{ body?: Uint8Array; contentType?: string }> {
    const { data, raw, 'content-type': contentType = 'application/json' } = this.flags;
    if (data === undefined) return {};
    if (method === 'GET' || method === 'HEAD')
      throw usageError('usage.value', `A ${method} request has no body`, 'Use POST, or leave out --data');
    return { body: await requestBody(data, { json: !raw && /[/+]json\b/.test(contentType) }), contentType };
  }
}
