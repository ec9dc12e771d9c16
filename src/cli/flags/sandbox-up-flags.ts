/** The flags of `sandbox up`. */
import * as Flags from '@oclif/core/flags';
import { dirFlag } from './sandbox-directory.ts';

/** The flags of `sandbox up`. */
export const sandboxUpFlags = {
  dir: dirFlag,
  port: Flags.integer({
    description: 'port of the first server, the next ones follow; 0: any',
    helpValue: 'PORT',
    default: 0,
    min: 0,
    max: 65535,
  }),
  'dns-port': Flags.integer({
    description: 'port of the DNS server; 0: any',
    helpValue: 'PORT',
    default: 0,
    min: 0,
    max: 65535,
  }),
  addresses: Flags.custom<string>({
    description: 'an address of its own for each server, at port 443 and DNS at 53 where this user may: 127.0.0.0/24',
    helpValue: 'RANGE',
    parse: async (input) => {
      const { parseAddressRange } = await import('../../sandbox/network/address-range.ts');
      parseAddressRange(input);
      return input;
    },
  })(),
  member: Flags.string({
    description: 'add a server that somebody else runs: IDTAG=ADDRESS:PORT; may be repeated',
    helpValue: 'MEMBER',
    multiple: true,
    multipleNonGreedy: true,
  }),
  ephemeral: Flags.boolean({
    description: 'delete the directory at the end; without --dir it is a temporary one',
    default: false,
  }),
  detach: Flags.boolean({ description: 'return when it is ready; sandbox down ends it' }),
};
