/** The flags of `actions`. */
import * as Flags from '@oclif/core/flags';
import { asFlag, limitFlag } from './flags.ts';
import { timeFlag } from './time-flag.ts';

/** The flags of `actions`. */
export const actionsFlags = {
  as: asFlag,
  type: Flags.string({
    description: 'only this type, such as POST or FLLW:DEL; may be repeated',
    helpValue: 'TYPE',
    multiple: true,
    multipleNonGreedy: true,
  }),
  status: Flags.string({
    description:
      'only this status: A active, C awaiting confirmation, N notification, D deleted or rejected; may be repeated',
    helpValue: 'STATUS',
    multiple: true,
    multipleNonGreedy: true,
  }),
  issuer: Flags.string({ description: 'only from this identity', helpValue: 'IDTAG' }),
  audience: Flags.string({ description: 'only actions for this identity', helpValue: 'IDTAG' }),
  parent: Flags.string({ description: 'only answers to this action: its ID, or its beginning', helpValue: 'ID' }),
  since: timeFlag({
    description: 'only actions created after this time: ISO 8601, unix seconds, or an age such as 2h',
  }),
  limit: limitFlag(),
  tokens: Flags.boolean({ description: 'include the signed tokens' }),
};
