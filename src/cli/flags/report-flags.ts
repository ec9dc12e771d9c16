/** The flags of `report`. */
import * as Flags from '@oclif/core/flags';
import { forceFlag, peerFlags } from './peer-flags.ts';

/** The flags of `report`. */
export const reportFlags = {
  log: Flags.string({ description: 'add the end of this log of the server', helpValue: 'FILE' }),
  traces: Flags.string({ description: 'add the end of this file of --trace-file', helpValue: 'FILE' }),
  out: Flags.string({ char: 'o', description: 'write the report to this new file', helpValue: 'FILE' }),
  force: forceFlag,
  ...peerFlags,
};
