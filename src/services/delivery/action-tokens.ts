/** Reads the tokens of deliveries. */
import { CloudilloError } from '../../protocol/errors.ts';
import type { Delivery } from '../../store/model/rows.ts';
import type { Deps } from '../runtime/deps.ts';

/** Reads the token of a delivery. */
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
  // `token.*` is permanent (delivery-policy.ts): another attempt can't send a token that is missing.
  throw new CloudilloError('token.missing', `Action ${actionId} isn't in the store`, { stage: 'store' });
}

/** How many tokens are kept. A fan-out sends one token 10,000 times. Each may have half a megabyte. */
const KEPT = 8;

/** {@link readToken} with a cache of the last tokens: a token is read once, not once for each recipient. */
export function rememberTokens(store: Pick<Deps['store'], 'action'>): ReadToken {
  const tokens = new Map<string, Promise<string>>();
  return (delivery) => {
    const key = `${delivery.tenant} ${delivery.actionId}`;
    const token = tokens.get(key) ?? readToken(store, delivery);
    // The token that was used last comes last.
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
