import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/command/base-command.ts';
import { actionsFlags } from '../cli/flags/actions-flags.ts';
import { EXIT } from '../cli/output/exit-codes.ts';
import { withHome } from '../cli/output/pasteable-hint.ts';
import { lostRecords, renderAction, renderActions } from '../cli/render/actions.ts';
import type { ShownActionOutput } from '../cli/schemas/actions.ts';
import type { ListActionsResult } from '../services/reading/list-actions.ts';

/** How many actions are read at once: one answer through the control door, one table. */
const PAGE = 200;

export default class Actions extends BaseCommand<typeof Actions> {
  static override summary = 'list stored actions, or show one';
  static override description =
    `Newest first. With --json one object an action. The beginning of an ID is enough, as long as only one begins so.

Exit code: 0 done; 3 a record is damaged; 8 no such action.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --type POST --type CMNT --issuer bob.example.org --since 2026-01-31',
    '<%= config.bin %> <%= command.id %> --status C --json',
    '<%= config.bin %> <%= command.id %> a1~fZ3kq',
    '<%= config.bin %> <%= command.id %> --limit 0 --tokens --json | jq -r .token | cloudillo verify-token --batch',
  ];
  static override args = { id: Args.string({ name: 'ID', description: 'the action ID, or its beginning' }) };
  static override flags = actionsFlags;

  async run(): Promise<ShownActionOutput | undefined> {
    return this.args.id === undefined ? this.#list() : this.#show(this.args.id);
  }

  async #show(actionId: string): Promise<ShownActionOutput> {
    const { as, tokens } = this.flags;
    const shown = await this.operate('showAction', { actionId, tokens, as });
    this.print(renderAction(shown, Date.now() / 1000, this.colors));
    return shown;
  }

  async #list(): Promise<undefined> {
    const { as, type, status, issuer, audience, parent, since, limit, tokens } = this.flags;
    const filter = { as, types: type, statuses: status, issuer, audience, parent, since, tokens };
    let left = limit === 0 ? Number.POSITIVE_INFINITY : limit;
    let next: ListActionsResult['next'] | undefined;
    let shown = 0;
    let lost = 0;
    do {
      const page: ListActionsResult = await this.operate('listActions', {
        ...filter,
        limit: Math.min(left, PAGE),
        after: next ?? undefined,
      });
      await this.#page(page);
      shown += page.actions.length + page.damaged.length;
      left -= page.actions.length;
      next = page.next;
      lost = page.lost;
    } while (next && left > 0);
    if (shown === 0) this.talk('No matching actions.');
    else if (next) this.talk('There are more: raise --limit, or --limit 0 for all');
    if (lost > 0) this.talk(`! ${lostRecords(lost, this.home)}`);
  }

  async #page({ actions, damaged }: ListActionsResult): Promise<void> {
    for (const action of actions) await this.record(action);
    if (actions.length > 0) this.print(renderActions(actions));
    for (const actionId of damaged) {
      const message = `The record of ${actionId} is damaged on disk`;
      const error = {
        code: 'store.damaged',
        message,
        retryable: false,
        hint: withHome('cloudillo store check', this.home),
      };
      await this.record({ actionId, error });
      this.talk(`! ${message}: ${error.hint}`);
    }
    if (damaged.length > 0) this.verdict(EXIT.failed);
  }
}
