/** The flags of `watch`. */
import * as Flags from '@oclif/core/flags';
import { asFlag, durationFlag, limitFlag, networkFlags } from './flags.ts';
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
  incoming: Flags.boolean({ description: 'only actions of others, not those of the watched identity' }),
  since: timeFlag({
    description: 'begin with stored actions created after this time: ISO 8601, unix seconds, or an age such as 2h',
  }),
  limit: limitFlag({ description: 'end after this many actions; 0: no limit', default: 0 }),
  wait: durationFlag({
    description: 'wait at most this long; exit code 9 when nothing arrived, or less than --limit asks for',
  }),
  retry: Flags.boolean({ description: 'keep trying until the server answers' }),
  ...networkFlags,
};
