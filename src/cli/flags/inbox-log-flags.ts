/** The flags of `inbox log`. */
import * as Flags from '@oclif/core/flags';
import { ARRIVAL_OUTCOMES } from '../../store/model/arrival-note.ts';
import { anyIdentityFlag, limitFlag } from './flags.ts';
import { timeFlag } from './time-flag.ts';

/** The flags of `inbox log`. */
export const inboxLogFlags = {
  as: anyIdentityFlag,
  issuer: Flags.string({ description: 'only from this identity, as the tokens say', helpValue: 'IDTAG' }),
  type: Flags.string({
    description: 'only this type, such as FLLW (with FLLW:DEL) or FLLW:DEL; may be repeated',
    helpValue: 'TYPE',
    multiple: true,
    multipleNonGreedy: true,
  }),
  outcome: Flags.option({
    options: ARRIVAL_OUTCOMES,
    description: 'only with this outcome; may be repeated',
    multiple: true,
    multipleNonGreedy: true,
  })(),
  code: Flags.string({ description: 'only with this error code, or of its area: token', helpValue: 'CODE' }),
  since: timeFlag({ description: 'only those that came later: ISO 8601, unix seconds, or an age such as 2h' }),
  limit: limitFlag(),
  follow: Flags.boolean({ char: 'f', description: 'show what comes from now on, too, until Ctrl-C' }),
};
