/** The flags of `doctor`. */
import * as Flags from '@oclif/core/flags';
import { usageError } from '../output/output.ts';
import { dnsCheckFlags } from './dns-check-flags.ts';
import { networkFlags } from './flags.ts';
import { reportFlag } from './report-flag.ts';
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
  ...reportFlag,
  ...networkFlags,
  timeout,
};

const OF_A_PEER = ['as', 'app-domain', 'expect', 'resolver', 'authoritative', 'root', 'witness'] as const;

/** Refuses flags that only mean something with an identity. @throws CloudilloError `usage.missing` */
export function assertNoPeerFlags(flags: Partial<Record<(typeof OF_A_PEER)[number], unknown>>): void {
  const given = OF_A_PEER.find((name) => flags[name] !== undefined && flags[name] !== false);
  if (given === undefined) return;
  const hint = 'Name the identity: cloudillo doctor IDTAG. Without one, this instance is looked at.';
  throw usageError('usage.missing', `--${given} needs an identity`, hint);
}
