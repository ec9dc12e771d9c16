import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from '../cli/command/base-command.ts';
import { renderCode, renderStory } from '../cli/render/explain.ts';
import type { CodePage, StoryOutput } from '../cli/schemas/explain.ts';
import { explainCode } from '../services/reading/explain-code.ts';

export default class Explain extends BaseCommand<typeof Explain> {
  static override summary = 'tell what happened to one arrival or action, or what an error code means';
  static override description =
    `"last" is the latest refused arrival, or with --any the latest arrival. Any other is named by its action ID, the beginning of that, or
the ID of its request. For an action of an identity of this home it shows each delivery and what the peer answered. An error code needs no home.

Exit code: 0 done; 2 no such error code, or the beginning of several IDs; 8 nothing is known of it here.`;
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
      const shown = { ...page, next: this.pasteable({ hint: page.next }).hint };
      this.print(renderCode(shown, this.colors));
      return shown;
    }
    const found = await this.operate('explainArrival', { what, any: this.flags.any });
    const { hint: next } = this.pasteable({ hint: found.next ?? undefined });
    const story = { ...found, next: next ?? null };
    this.print(renderStory(story, Date.now() / 1000, this.colors));
    return story;
  }
}
