/** The checks of an instance as its peers see it, in their order, each with those that it builds on. */
import { checkDns } from '../../dns/dns-check.ts';
import type { CheckPlan } from '../examine.ts';
import { accessCheck } from './access.ts';
import { httpCheck, tcpCheck, tlsCheck } from './addresses.ts';
import {
  appDomainCheck,
  cachingCheck,
  errorsCheck,
  inboxCheck,
  keysCheck,
  profileCheck,
  websocketCheck,
} from './answers.ts';
import { clockCheck } from './clocks.ts';
import { dnsOutcome } from './dns.ts';
import type { Look } from './look.ts';

/** The checks, in the order of the report. */
export const REMOTE_CHECK_IDS = [
  'dns',
  'tcp',
  'tls',
  'http',
  'profile',
  'keys',
  'clock',
  'caching',
  'app-domain',
  'errors',
  'inbox',
  'websocket',
  'access',
] as const;

/** The name of a check. */
export type RemoteCheckId = (typeof REMOTE_CHECK_IDS)[number];

/** The list. */
export const REMOTE_CHECKS: readonly CheckPlan<RemoteCheckId, Look>[] = [
  { id: 'dns', after: [], run: namesCheck },
  { id: 'tcp', after: ['dns'], run: tcpCheck },
  { id: 'tls', after: ['tcp'], run: tlsCheck },
  { id: 'http', after: ['tls'], run: httpCheck },
  { id: 'profile', after: ['http'], run: profileCheck },
  { id: 'keys', after: ['profile'], run: keysCheck },
  { id: 'clock', after: ['profile'], run: clockCheck },
  { id: 'caching', after: ['profile'], run: cachingCheck },
  { id: 'app-domain', after: ['http'], run: appDomainCheck },
  { id: 'errors', after: ['http'], run: errorsCheck },
  { id: 'inbox', after: ['http'], run: inboxCheck },
  { id: 'websocket', after: ['http'], run: websocketCheck },
  { id: 'access', after: ['profile', 'clock'], run: accessCheck },
];

async function namesCheck({ deps, input }: Look) {
  const { idTag, appDomain, expect, resolvers, authoritative, root } = input;
  const asked = { idTag, appDomain, expect, resolvers, authoritative, root, every: true };
  const { timeout } = deps.requester;
  return dnsOutcome(await checkDns(deps, { ...asked, timeout: Math.min(timeout, LONGEST_QUERY) }));
}

/** Milliseconds: a name server that takes longer is as good as silent. */
const LONGEST_QUERY = 3_000;
