import type { ArrivedToken } from './arrival.ts';
import type { InboxDeps } from './inbox-deps.ts';
import type { Receipt } from './receipt.ts';
import { receiveRelated } from './related.ts';
import { takeIn } from './take-in.ts';

/**
 * Takes an action in, and then what it brought along. When it resolves, the action is on disk.
 * @throws CloudilloError `token.*`, `permission.denied`, `rate.busy`, `store.*`; and when the issuer's key can't be fetched
 * and the token isn't parked `dns.*`, `network.*`, `tls.*`, `peer.*`
 */
export async function receiveAction(deps: InboxDeps, arrived: ArrivedToken): Promise<Receipt> {
  const receipt = await takeIn(deps, arrived);
  // After a repeat too: the first time may have been cut off before it came to them.
  if (receipt.outcome === 'stored' || receipt.outcome === 'duplicate') {
    await receiveRelated(deps, arrived.tenant, receipt.actionId, arrived.related ?? []);
  }
  return receipt;
}
