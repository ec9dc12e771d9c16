/** The flags of commands that send actions. */
import { resolve } from 'node:path';
import * as Flags from '@oclif/core/flags';
import { asFlag, networkFlags, timeoutFlag } from './flags.ts';

/** The check of the tenant's own `/api/me` before an action is sent. */
export const preflightFlag = Flags.boolean({
  description: 'check first that the own /api/me answers in public, because the peer will ask there [default: yes]',
  allowNo: true,
  default: true,
});

/** `--network` and `--timeout` for the process that does the work, which may be a running server. */
export function requestLimits({ network, timeout }: { network?: string | undefined; timeout?: number | undefined }): {
  network: string | undefined;
  timeout: number | undefined;
} {
  return { network: network === undefined ? undefined : resolve(network), timeout };
}

/** The flags of `follow` and `unfollow`. */
export const followFlags = {
  as: asFlag,
  sync: Flags.boolean({ description: 'ask /api/inbox/sync, where the peer verifies before it answers' }),
  preflight: preflightFlag,
  'dry-run': Flags.boolean({ description: 'show the token, decoded and raw; send and store nothing' }),
  ...networkFlags,
  timeout: timeoutFlag,
};
