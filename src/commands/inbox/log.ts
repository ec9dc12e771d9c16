import { BaseCommand } from '../../cli/command/base-command.ts';
import { inboxLogFlags } from '../../cli/flags/inbox-log-flags.ts';
import { jsonLine, terminalLine } from '../../cli/output/foreign-text.ts';
import { renderArrival, renderArrivals } from '../../cli/render/arrivals.ts';
import type { ArrivalView } from '../../services/reading/arrival-view.ts';

export default class InboxLog extends BaseCommand<typeof InboxLog> {
  static override summary = 'list what came to the inbox, and what became of it';
  static override description =
    `Newest first, of all identities of the home unless --as names one. "?" stands before an issuer that isn't proven: the token
says so, and no key verified it. A home keeps the latest 10 MiB; of a deleted action only the ID. What became of one
in full: explain. With --json one object an arrival.

Exit code: 0; with --follow 8 when no server serves this home, or when it stops.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --outcome refused --issuer bob.example.org --since 2h',
    '<%= config.bin %> <%= command.id %> --code token --json | jq -r .refusal.message',
    '<%= config.bin %> <%= command.id %> --follow --limit 10',
  ];
  static override flags = inboxLogFlags;

  async run(): Promise<undefined> {
    const { as, issuer, type: types, outcome: outcomes, code, since, limit, follow } = this.flags;
    const input = { as, issuer, types, outcomes, code, since, limit: limit === 0 ? Number.MAX_SAFE_INTEGER : limit };
    if (follow) {
      const { followArrivals } = await import('../../cli/run/follow-arrivals.ts');
      const onReady = () => this.talk('Following what arrives here. Ctrl-C ends it.');
      const write = (arrival: ArrivalView) => this.#write(arrival);
      await followArrivals(this.home, input, { write, onReady, stop: this.stopSignal() });
      return;
    }
    const { arrivals, hasMore } = await this.operate('listArrivals', input);
    for (const arrival of arrivals) await this.record(arrival);
    const chosen = issuer || types || outcomes || code || since;
    if (arrivals.length > 0) this.print(renderArrivals(arrivals, this.colors));
    else this.talk(chosen ? 'No matching arrivals.' : 'Nothing has come yet.');
    if (hasMore) this.talk('There are more: raise --limit, or --limit 0 for all');
  }

  #write(arrival: ArrivalView): Promise<void> {
    return this.output.write(this.jsonEnabled() ? jsonLine(arrival) : `${terminalLine(renderArrival(arrival))}\n`);
  }
}
