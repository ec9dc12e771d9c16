import { Flags } from '@oclif/core';
import { asFlag, durationFlag, networkFlag } from './flags.ts';
import { timeFlag } from './time-flag.ts';

/** The flags of `watch`. */
export const watchFlags = {
  as: asFlag,
  type: Flags.string({
    description: 'only this type, such as POST or FLLW:DEL; may be repeated',
    helpValue: 'TYPE',
    multiple: true,
    multipleNonGreedy: true,
  }),
  issuer: Flags.string({ description: 'only from this identity', helpValue: 'IDTAG' }),
  incoming: Flags.boolean({ description: 'only what others sent, not what the watched identity says itself' }),
  since: timeFlag({ description: 'first those created later: ISO 8601, unix seconds, or 2h for as long ago' }),
  limit: Flags.integer({ description: 'end after so many', helpValue: 'N', min: 1 }),
  timeout: durationFlag({ description: 'end after this time; exit code 9 when fewer than --limit (or 1) came' }),
  wait: Flags.boolean({ description: 'wait for the server when it isn’t there yet, instead of failing' }),
  network: networkFlag,
};
