/** The flags of `dns-check`. */
import * as Flags from '@oclif/core/flags';
import { durationFlag, networkFlags } from './flags.ts';
import { reportFlag } from './report-flag.ts';

/** The flags of `dns-check`. */
export const dnsCheckFlags = {
  'app-domain': Flags.string({
    description: 'the app domain, where people browse [default: the idTag]',
    helpValue: 'NAME',
  }),
  expect: Flags.string({
    description: "the server's address or name; may be repeated: one of them is enough",
    helpValue: 'ADDR|NAME',
    multiple: true,
    multipleNonGreedy: true,
  }),
  resolver: Flags.string({
    description: 'ask this resolver: ADDR[:PORT], udp://ADDR, tcp://ADDR or https://…/dns-query; may be repeated',
    helpValue: 'SERVER',
    multiple: true,
    multipleNonGreedy: true,
  }),
  authoritative: Flags.boolean({ description: 'ask the name servers of the zone, walking from the root' }),
  root: Flags.string({
    description: 'begin at this name server instead of at the root servers',
    helpValue: 'ADDR[:PORT]',
  }),
  format: Flags.option({ options: ['zone', 'host', 'json'] as const })({
    description: 'write only the records to add: for a zone file, for a provider’s form, as JSON',
  }),
  zone: Flags.string({
    description: 'zone that --format host is relative to [default: the parent]',
    helpValue: 'NAME',
  }),
  wait: durationFlag({ description: 'repeat until the verdict is ok, for at most this long' }),
  timeout: durationFlag({ description: 'time limit of one answer of a name server [default: 3s]' }),
  ...reportFlag,
  ...networkFlags,
};
