import { Args } from '@oclif/core';
import { ActCommand } from '../cli/command/act-command.ts';
import { saidFile, saidText } from '../cli/flags/content-flags.ts';
import { postFlags } from '../cli/flags/post-flags.ts';
import { requestTarget } from '../cli/flags/request-target.ts';
import { EXIT } from '../cli/output/exit-codes.ts';
import { usageError } from '../cli/output/output.ts';
import { renderHead } from '../cli/render/answer.ts';
import type { ActOutput } from '../cli/schemas/act.ts';
import type { AnswerOutput } from '../cli/schemas/request.ts';

export default class Post extends ActCommand<typeof Post> {
  static override summary = 'publish a post; or, with --data, send one POST request to an instance';
  static override description =
    `A post goes to the followers who may read it, with --on to that identity's wall only. With --data nothing is published: the
body is sent once, never again by itself, and the body of the answer goes to stdout as it came.

Exit code: 0 taken, or 2xx; 7 a peer refused, or another status; still queued, or no answer: 4 network, 5 DNS, 6 TLS.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> "Hello, everybody" --visibility P',
    '<%= config.bin %> <%= command.id %> "Seen today" --attach photo.jpg --on bob.example.org --json',
    '<%= config.bin %> <%= command.id %> - --flags Rc < announcement.txt',
    `<%= config.bin %> <%= command.id %> bob.example.org /api/inbox/sync --data '{"token":"eyJ0eXAi…"}'`,
    '<%= config.bin %> <%= command.id %> bob.example.org /api/inbox --data - --raw < broken.json',
  ];
  static override args = {
    text: Args.string({
      name: 'TEXT',
      description: 'what to say; @FILE, or - for standard input. With --data: a URL, or an IDTAG',
    }),
    path: Args.string({ name: 'PATH', description: 'with --data and an IDTAG: the path' }),
  };
  static override flags = postFlags;

  run(): Promise<ActOutput | AnswerOutput> {
    return this.flags.data === undefined ? this.#publish() : this.#request(this.flags.data);
  }

  async #publish(): Promise<ActOutput> {
    const { file, attach, visibility, flags, on } = this.flags;
    const { text, path } = this.args;
    if (path?.startsWith('/')) {
      throw usageError('usage.missing', `The body of the request to ${text} is missing`, 'Give it with --data');
    }
    if (path !== undefined) {
      throw usageError('usage.argument', 'A post is one text', 'Quote it');
    }
    if ((text === undefined) === (file === undefined)) {
      throw usageError('usage.missing', 'A post needs a text, once', 'Give TEXT, - for standard input, or --file FILE');
    }
    const content = await (file === undefined ? saidText(text as string) : saidFile(file));
    const { attachments, subType } = await this.attachTo(attach);
    return this.say({
      type: 'POST',
      ...(subType !== null && { subType }),
      content,
      ...(attachments.length > 0 && { attachments }),
      ...(visibility !== undefined && { visibility }),
      ...(flags !== undefined && { flags }),
      ...(on !== undefined && { audienceTag: on }),
    });
  }

  async #request(data: string): Promise<AnswerOutput> {
    const { postRequest } = await import('../cli/command/post-request.ts');
    const { text, path } = this.args;
    if (text === undefined) {
      throw usageError('usage.missing', 'Whom to send the data to is missing', 'Give an IDTAG and a path, or a URL');
    }
    const target = requestTarget(text, path);
    const { response, output, body } = await postRequest(this.home, this.settings.bind(this), target, data, this.flags);
    if (this.flags.include || response.status >= 300) this.talk(renderHead(response, this.talkColors));
    if (!this.jsonEnabled()) await this.output.write(body);
    if (response.status >= 300) this.verdict(EXIT.refused);
    return output;
  }
}
