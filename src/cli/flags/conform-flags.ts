/** The flags of `conform`. */
import * as Flags from '@oclif/core/flags';
import { ALL_CASES } from '../../services/conformance/all-cases.ts';
import { isNamed } from '../../services/conformance/plan.ts';
import { usageError } from '../output/output.ts';
import { peerFlags } from './peer-flags.ts';
import { reportFlag } from './report-flag.ts';

const several = { multiple: true, multipleNonGreedy: true } as const;

/** The flags of `conform`. */
export const conformFlags = {
  list: Flags.boolean({ description: 'show the cases instead of making them' }),
  only: Flags.string({ ...several, description: 'only these cases or groups, with commas', helpValue: 'NAMES' }),
  skip: Flags.string({ ...several, description: 'not these cases or groups, with commas', helpValue: 'NAMES' }),
  write: Flags.boolean({ description: 'also make the cases that leave something behind at the instance' }),
  'may-ban': Flags.boolean({ description: 'send more than two bad signatures, which bans this address for an hour' }),
  strict: Flags.boolean({ description: 'end with 3 when something of the level "should" is missing, too' }),
  peer: Flags.string({
    ...several,
    description: 'play this member of the sandbox as a peer; may be repeated',
    helpValue: 'IDTAG',
  }),
  as: Flags.string({ description: 'use this identity of the home as a peer', helpValue: 'IDTAG' }),
  'api-key-file': Flags.string({
    description: 'file with an API key of the identity under test, - for standard input: cases that act as its owner',
    helpValue: 'FILE',
  }),
  'app-domain': Flags.string({
    description: 'the app domain, where people browse [default: the idTag]',
    helpValue: 'NAME',
  }),
  ...reportFlag,
  ...peerFlags,
};

/** Reads the names of cases and groups. @throws CloudilloError `usage.value` */
export function caseNames(given: readonly string[] = []): string[] {
  const names = given.flatMap((text) => text.split(',')).filter((name) => name !== '');
  for (const name of names) {
    if (ALL_CASES.some((one) => isNamed(one.name, [name]))) continue;
    const groups = [...new Set(ALL_CASES.map((one) => one.name.split('.', 1)[0]))];
    throw usageError(
      'usage.value',
      `"${name}" is neither a case nor a group`,
      `Groups: ${groups.join(', ')}; cases: --list`,
    );
  }
  return names;
}
