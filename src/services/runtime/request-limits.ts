/** The time limit and the network of a command's requests. */
import { resolve } from 'node:path';
import { withTimeLimit } from '../../federation/http/time-limit.ts';
import { createPeerApi } from '../../federation/peer/api.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { shellWord } from '../../protocol/shell-word.ts';
import type { Deps } from './deps.ts';

/**
 * The limits that a command sets for its requests. They hold wherever the work is done: here, or in the server that owns the
 * home.
 */
export interface RequestLimits {
  /** The time limit of one request, milliseconds. */
  timeout?: number | undefined;
  /** The absolute path of the network file. */
  network?: string | undefined;
}

/**
 * `deps` whose API keeps to the limits.
 * @throws CloudilloError `usage.network` when the owner of the home uses another network than the command asked for
 */
export function withRequestLimits<D extends Pick<Deps, 'api' | 'requester' | 'settings'>>(
  deps: D,
  { timeout, network }: RequestLimits,
): D {
  const { settings, requester } = deps;
  if (network !== undefined && (settings.network === null || resolve(settings.network) !== network)) {
    throw new CloudilloError('usage.network', `The server of this home isn't in the network of ${network}`, {
      stage: 'input',
      hint: `Stop the server, or start it in that network: cloudillo config set network ${shellWord(network)}`,
    });
  }
  return timeout === undefined ? deps : { ...deps, api: createPeerApi(withTimeLimit(requester, timeout)) };
}
