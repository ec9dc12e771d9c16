import { CloudilloError } from '../../protocol/errors.ts';
import {
  type CreateDeps,
  type CreateOptions,
  createAction,
  type PreparedAction,
  prepareAction,
} from './create-action.ts';
import type { NewAction } from './new-action.ts';
import { type WorkLimits, workingSigner } from './proof-of-work.ts';

/** What a peer wants of a CONN. */
export interface WantedWork {
  /** The action that it refused for want of work. */
  refused: string;
  /** Letters `A`. */
  level: number;
  limits?: WorkLimits;
}

/**
 * Asks to connect again, with proof of work: done before the relation's turn comes, for which whatever else is about the two waits. So
 * it counts only as long as nothing has taken the place of what was refused.
 * @throws CloudilloError as {@link createAction}; `check.work` when it takes too long, or is wanted no more
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
