import * as Args from '@oclif/core/args';
import { ActCommand } from '../cli/command/act-command.ts';
import { saidFile, saidText } from '../cli/flags/content-flags.ts';
import { postFlags } from '../cli/flags/post-flags.ts';
import { usageError } from '../cli/output/output.ts';
import type { ActOutput } from '../cli/schemas/act.ts';
import { shellWord } from '../protocol/shell-word.ts';

export default class Post extends ActCommand<typeof Post> {
  static override summary = 'publish a post';
  static override description =
    `A post goes to the followers who may read it; with --on it goes to that identity's wall only. To send an HTTP request
instead: cloudillo request POST

Exit code: 0 accepted; 7 a peer refused; still queued: 4 network, 5 DNS, 6 TLS.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> "Hello, everybody" --visibility P',
    '<%= config.bin %> <%= command.id %> "Seen today" --attach photo.jpg --on bob.example.org --json',
    '<%= config.bin %> <%= command.id %> - --flags Rc < announcement.txt',
  ];
  static override args = {
    text: Args.string({ name: 'TEXT', description: 'the text; @FILE, or - for standard input' }),
    more: Args.string({ name: 'MORE', hidden: true, description: 'further words, which are refused: quote the text' }),
  };
  static override flags = postFlags;

  async run(): Promise<ActOutput> {
    const { file, attach, visibility, flags, on } = this.flags;
    const { text, more } = this.args;
    if (more?.startsWith('/')) {
      const hint = `cloudillo request POST ${shellWord(text ?? '')} ${shellWord(more)} --data JSON`;
      throw usageError('usage.argument', 'A post is one text, and no request', `For a request by hand: ${hint}`);
    }
    if (more !== undefined) {
      throw usageError('usage.argument', 'A post is one text', 'Quote it');
    }
    if ((text === undefined) === (file === undefined)) {
      throw usageError(
        'usage.missing',
        'A post takes its text exactly once',
        'Give TEXT, - for standard input, or --file FILE',
      );
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
}
