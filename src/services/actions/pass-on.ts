import { errorToObject } from '../../protocol/errors.ts';
import type { SignedAction } from '../outgoing/outgoing.ts';
import type { Deps } from '../runtime/deps.ts';

/** Peers that are told at the same time. */
const CONCURRENCY = 16;

/**
 * Sends what isn't stored (PRES) to each recipient, once: who doesn't hear it now wouldn't want it later. Never rejects.
 * @returns how many took it
 */
export async function passOn(
  { api, log }: Pick<Deps, 'log'> & { api: Pick<Deps['api'], 'postInbox'> },
  { token, to, actionId }: Pick<SignedAction, 'token' | 'to' | 'actionId'>,
): Promise<number> {
  const { default: pLimit } = await import('p-limit');
  const limit = pLimit(CONCURRENCY);
  const taken = await Promise.all(
    to.map((idTag) =>
      limit(async () => {
        try {
          await api.postInbox(idTag, token);
          return true;
        } catch (error) {
          log('debug', `${idTag} was not told`, { actionId, error: errorToObject(error) });
          return false;
        }
      }),
    ),
  );
  return taken.filter(Boolean).length;
}
