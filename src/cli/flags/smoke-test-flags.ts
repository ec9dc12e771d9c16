/** The flags of `smoke-test`. */
import * as Flags from '@oclif/core/flags';
import { durationFlag } from './flags.ts';
import { peerFlags, signInFlag } from './peer-flags.ts';
import { reportFlag } from './report-flag.ts';

/** The default of `--min-validity`, milliseconds. */
export const MIN_VALIDITY = 7 * 86_400_000;

/** The flags of `smoke-test`. */
export const smokeTestFlags = {
  as: signInFlag,
  'app-domain': Flags.string({
    description: 'the app domain, where people browse [default: the idTag]',
    helpValue: 'NAME',
  }),
  'min-validity': durationFlag({
    description: 'how long the certificate and a signing key have to stay valid [default: 7d]',
  }),
  wait: durationFlag({ description: 'repeat until all checks pass, for at most this long' }),
  ...reportFlag,
  ...peerFlags,
};
