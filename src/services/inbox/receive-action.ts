/** Receives an action and its related tokens. */
import type { ArrivedToken } from './arrival.ts';
import type { InboxDeps } from './inbox-deps.ts';
import type { Receipt } from './receipt.ts';
import { receiveRelated } from './receive-related.ts';
import { takeIn } from './take-in.ts';

/**
 * Receives an action, then its related tokens. When it resolves, the action is on disk.
 * @throws CloudilloError `token.*`, `permission.denied`, `rate.busy`, `store.*`; when the issuer's key can't be fetched and the
 *   token isn't parked also `dns.*`, `network.*`, `tls.*`, `peer.*`
 */
export async function receiveAction(deps: InboxDeps, arrived: ArrivedToken): Promise<Receipt> {
  const receipt = await takeIn(deps, arrived);
  // The related tokens are also received after a repeat: the first time may have ended before them.
  if (receipt.outcome === 'stored' || receipt.outcome === 'duplicate') {
    await receiveRelated(deps, arrived.tenant, receipt.actionId, arrived.related ?? [], arrived.request);
  }
  return receipt;
}
