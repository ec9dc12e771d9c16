import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/command/base-command.ts';
import { renderCode, renderStory } from '../cli/render/explain.ts';
import type { CodePage, StoryOutput } from '../cli/schemas/explain.ts';
import { explainCode } from '../services/reading/explain-code.ts';

export default class Explain extends BaseCommand<typeof Explain> {
  static override summary = 'tell the whole story of one arrival or action, or what an error code means';
  static override description =
    `"last" is the latest refused arrival; with --any the latest of all. An action ID, its beginning, or the ID of a request names
another one. Of an action that was made here it tells each delivery and what the peer said. An error code is
explained without a home.

Exit code: 0 done; 2 no such error code, or the beginning of several IDs; 8 nothing of it is known here.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> last',
    '<%= config.bin %> <%= command.id %> a1~fZ3kq',
    '<%= config.bin %> <%= command.id %> permission.denied',
    '<%= config.bin %> <%= command.id %> last --any --json | jq .arrival.stages',
  ];
  static override args = {
    what: Args.string({
      name: 'ACTIONID|REQUESTID|CODE|last',
      required: true,
      description: 'an action or the beginning of its ID, a request, an error code, or last',
    }),
  };
  static override flags = {
    any: Flags.boolean({ description: 'with last: the latest arrival, whatever became of it' }),
  };

  async run(): Promise<StoryOutput | CodePage> {
    const { what } = this.args;
    const page = explainCode(what);
    if (page) {
      const shown = this.pasteable({ ...page, hint: page.next });
      const { hint: next, ...rest } = shown;
      this.print(renderCode({ ...rest, next }, this.colors));
      return { ...rest, next };
    }
    const found = await this.operate('explainArrival', { what, any: this.flags.any });
    const { hint: next } = this.pasteable({ hint: found.next ?? undefined });
    const story = { ...found, next: next ?? null };
    this.print(renderStory(story, Date.now() / 1000, this.colors));
    return story;
  }
}
