import { resolve } from 'node:path';
import { withTimeLimit } from '../../federation/http/time-limit.ts';
import { createPeerApi } from '../../federation/peer/api.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { shellWord } from '../../protocol/shell-word.ts';
import type { Deps } from './deps.ts';

/** What a command said about its requests. It holds wherever the work is done: here, or in the server that has the home. */
export interface RequestLimits {
  /** For one request, milliseconds. */
  timeout?: number | undefined;
  /** Absolute path of the network file that was asked for. */
  network?: string | undefined;
}

/**
 * `deps` whose API keeps to these limits.
 * @throws CloudilloError `usage.network` when the home's owner is in another network: going there all the same would be a lie
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
