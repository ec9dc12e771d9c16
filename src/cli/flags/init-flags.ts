/** The flags of `init`. */
import * as Flags from '@oclif/core/flags';
import { passphraseFileFlag } from '../input/key-passphrase.ts';

/** The flags of `init`. */
export const initFlags = {
  name: Flags.string({ description: 'display name [default: the first label of IDTAG]', helpValue: 'NAME' }),
  type: Flags.option({
    options: ['person', 'community'] as const,
    description: 'the type of the identity [default: person]',
  })(),
  address: Flags.string({
    description: 'the address of the server for the DNS records: IP address (may be repeated) or host name',
    helpValue: 'ADDR',
    multiple: true,
    multipleNonGreedy: true,
  }),
  set: Flags.string({
    description: 'a setting to write: listen.port=9443',
    helpValue: 'NAME=VALUE',
    multiple: true,
    multipleNonGreedy: true,
  }),
  'passphrase-file': passphraseFileFlag,
  yes: Flags.boolean({ char: 'y', description: "don't ask, take the defaults" }),
  'exist-ok': Flags.boolean({ description: 'an existing identity with the same name and type is a success' }),
  'dry-run': Flags.boolean({ description: 'show what would be done; change nothing' }),
};
