import { resolve } from 'node:path';
import * as Flags from '@oclif/core/flags';
import { asFlag, networkFlag, timeoutFlag } from './flags.ts';

/** The look at the own `/api/me` before something is sent. */
export const preflightFlag = Flags.boolean({
  description: 'look first whether the own /api/me answers in public: the peer will ask there [default: yes]',
  allowNo: true,
  default: true,
});

/** `--network` and `--timeout` for whoever does the work, a running server too. */
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
  network: networkFlag,
  timeout: timeoutFlag,
};
