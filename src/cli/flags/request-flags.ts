/** The flags of `get` and `request`. */
import * as Flags from '@oclif/core/flags';
import { usageError } from '../output/output.ts';
import { peerFlags, signInFlag } from './peer-flags.ts';

const HEADER = /^([A-Za-z0-9!#$%&'*+.^_`|~-]+):[ \t]*([\x20-\x7e\t]*)$/;

/**
 * Reads `Name: value` as its parts.
 * @throws CloudilloError `usage.header`; also for Authorization, because everybody on the machine can read argv
 */
export function parseHeader(text: string): [name: string, value: string] {
  const [, name, value] = HEADER.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw usageError('usage.header', `${JSON.stringify(text)} is not a header`, 'Write it like "Accept: text/plain"');
  }
  if (/^(?:proxy-)?authorization$|^cookie$/i.test(name)) {
    throw usageError(
      'usage.header',
      `${name} is a secret and may not stand in the arguments`,
      'Use --as or --bearer-file',
    );
  }
  return [name, value];
}

/** The flags of `get` and `request`. */
export const requestFlags = {
  include: Flags.boolean({ char: 'i', description: 'show status, headers and timings, on stderr' }),
  header: Flags.string({
    char: 'H',
    description: '"Name: value"; may be repeated',
    helpValue: 'HEADER',
    multiple: true,
    multipleNonGreedy: true,
  }),
  as: signInFlag,
  'bearer-file': Flags.string({
    description: 'file with an access token, - for standard input',
    helpValue: 'FILE',
    exclusive: ['as'],
  }),
  ...peerFlags,
};
