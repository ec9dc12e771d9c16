/** The base of `deliveries` and `deliveries list`. */
import type { DELIVERY_STATES } from '../../store/model/events.ts';
import { listFlags } from '../flags/deliveries-flags.ts';
import { renderDeliveries } from '../render/deliveries.ts';
import { BaseCommand } from './base-command.ts';
import type { Command } from './command.ts';

/** The base of `deliveries` and `deliveries list`, two names for one command. */
export abstract class ListDeliveriesCommand<T extends typeof Command> extends BaseCommand<T> {
  static override description =
    `Newest first, of all identities of the home unless --as names one. "queued" is tried again by a running
server: 60 s after the first failure, then twice as long each time up to 6 h, for three days. The others are over: the
peer took the action (delivered) or refused it (refused), three days passed (expired), a later action replaced it (superseded), or
the owner gave the delivery up (dropped). With --json one object a delivery.`;
  static override flags = listFlags;

  async run(): Promise<undefined> {
    const { as, state, to, action, limit } = this.flags as ListFlags;
    const all = Number.MAX_SAFE_INTEGER;
    const input = { as, state, to, actionId: action, limit: limit === 0 ? all : limit };
    const { deliveries, hasMore } = await this.operate('listDeliveries', input);
    for (const delivery of deliveries) await this.record(delivery);
    if (deliveries.length > 0) this.print(renderDeliveries(deliveries, Date.now(), this.colors));
    else this.talk(state || to || action ? 'No matching deliveries.' : 'Nothing was ever queued.');
    if (hasMore) this.talk('There are more: raise --limit, or --limit 0 for all');
  }
}

interface ListFlags {
  as?: string;
  state?: (typeof DELIVERY_STATES)[number];
  to?: string;
  action?: string;
  limit: number;
}
