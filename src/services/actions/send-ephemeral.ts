/** Sends ephemeral actions. */
import { errorToObject } from '../../protocol/errors.ts';
import type { SignedAction } from '../outgoing/outgoing.ts';
import type { Deps } from '../runtime/deps.ts';

/** Requests at the same time. */
const CONCURRENCY = 16;

/**
 * Sends an ephemeral action (PRES) once to each recipient. There is no later attempt, because it would be out of date.
 * Never rejects.
 * @returns how many recipients took it
 */
export async function sendEphemeral(
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
          log('debug', `${idTag} did not take an ephemeral action`, { actionId, error: errorToObject(error) });
          return false;
        }
      }),
    ),
  );
  return taken.filter(Boolean).length;
}
