/** Sends a CONN again, with the proof of work that the peer demands. */
import { CloudilloError } from '../../protocol/errors.ts';
import {
  type CreateDeps,
  type CreateOptions,
  createAction,
  type PreparedAction,
  prepareAction,
} from './create-action.ts';
import { type WorkLimits, workingSigner } from './make-proof-of-work.ts';
import type { NewAction } from './new-action.ts';

/** The proof of work that a peer demands for a CONN. */
export interface WantedWork {
  /** The action that was refused without it. */
  refused: string;
  /** How many letters `A` the token has to end in. */
  level: number;
  limits?: WorkLimits;
}

/**
 * Sends a CONN again, with proof of work. The work is done outside of the relation's lock, so that nothing else waits
 * for it. The result is discarded when something replaced the refused CONN.
 * @throws CloudilloError as {@link createAction}; `check.work` when it takes too long, or was replaced
 */
export async function createWithWork(
  deps: CreateDeps,
  tenant: string,
  given: NewAction,
  { refused, level, limits }: WantedWork,
  options: CreateOptions = {},
): Promise<PreparedAction> {
  const working = { ...deps, signer: workingSigner(deps.signer, level, limits) };
  const { token } = await prepareAction(working, tenant, given);
  const sign = async (): Promise<string> => {
    if (deps.store.row(tenant, refused)?.current === true) return token;
    throw new CloudilloError('check.work', 'The request to connect was replaced while its proof of work was made', {
      stage: 'token',
      details: { level },
    });
  };
  return createAction({ ...deps, signer: { sign } }, tenant, given, options);
}
