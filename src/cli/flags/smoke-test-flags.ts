import { Flags } from '@oclif/core';
import { durationFlag } from './flags.ts';
import { peerFlags, signInFlag } from './peer-flags.ts';

/** The flags of `smoke-test`. */
export const smokeTestFlags = {
  as: signInFlag,
  'app-domain': Flags.string({ description: 'where people browse [default: the idTag]', helpValue: 'NAME' }),
  'min-days': Flags.integer({
    description: 'how long the certificate and a signing key have to be good for',
    helpValue: 'DAYS',
    default: 7,
    min: 0,
  }),
  wait: durationFlag({ description: 'look again until all of it passes, for at most this long' }),
  format: Flags.option({ options: ['junit', 'tap'] as const })({
    description: 'write a report for a program that shows test results',
  }),
  ...peerFlags,
};
