/** The flags of `doctor`. */
import * as Flags from '@oclif/core/flags';
import { dnsCheckFlags } from './dns-check-flags.ts';
import { networkFlags } from './flags.ts';
import { smokeTestFlags } from './smoke-test-flags.ts';

const { expect, resolver, authoritative, root } = dnsCheckFlags;
const { as, timeout } = smokeTestFlags;

/** The flags of `doctor`. */
export const doctorFlags = {
  as,
  'app-domain': smokeTestFlags['app-domain'],
  'min-validity': smokeTestFlags['min-validity'],
  expect,
  resolver,
  authoritative,
  root,
  witness: Flags.string({
    description: 'where the clocks differ, ask this identity, too; may be repeated',
    helpValue: 'IDTAG',
    multiple: true,
    multipleNonGreedy: true,
  }),
  ...networkFlags,
  timeout,
};
