import { CloudilloError } from '../../protocol/errors.ts';
import type { Delivery } from '../../store/model/rows.ts';
import type { Deps } from '../runtime/deps.ts';

/** Reads the token that a delivery carries. */
export type ReadToken = (delivery: Pick<Delivery, 'tenant' | 'actionId'>) => Promise<string>;

/**
 * The token of a stored action, from the journal.
 * @throws CloudilloError `token.missing`; `store.damaged`, `store.io`
 */
export async function readToken(
  store: Pick<Deps['store'], 'action'>,
  { tenant, actionId }: Pick<Delivery, 'tenant' | 'actionId'>,
): Promise<string> {
  const action = await store.action(tenant, actionId);
  if (action) return action.token;
  // `token.*` is permanent (delivery-policy.ts): what isn't here can't be sent by trying again.
  throw new CloudilloError('token.missing', `Action ${actionId} isn't in the store`, { stage: 'store' });
}

/** Tokens kept: a fan-out sends one 10,000 times, and each of them may have half a megabyte. */
const KEPT = 8;

/** {@link readToken}, remembering the last few: read once an action instead of once a recipient. */
export function rememberTokens(store: Pick<Deps['store'], 'action'>): ReadToken {
  const tokens = new Map<string, Promise<string>>();
  return (delivery) => {
    const key = `${delivery.tenant} ${delivery.actionId}`;
    const token = tokens.get(key) ?? readToken(store, delivery);
    // The one that was used last comes last.
    tokens.delete(key);
    tokens.set(key, token);
    token.catch(() => tokens.delete(key));
    for (const oldest of tokens.keys()) {
      if (tokens.size <= KEPT) break;
      tokens.delete(oldest);
    }
    return token;
  };
}
