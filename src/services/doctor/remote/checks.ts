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
import { memoryCheck } from './memory.ts';

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

/** The checks of `doctor`, which also asks the home. */
export const PEER_CHECK_IDS = [...REMOTE_CHECK_IDS, 'memory'] as const;

/** The name of a check of `doctor`. */
export type PeerCheckId = (typeof PEER_CHECK_IDS)[number];

/** The checks of whoever asks only the instance. */
export const REMOTE_CHECKS: readonly CheckPlan<PeerCheckId, Look>[] = [
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

/** All checks: what the home remembers follows from whatever fails at the instance. */
export const PEER_CHECKS: readonly CheckPlan<PeerCheckId, Look>[] = [
  ...REMOTE_CHECKS,
  { id: 'memory', after: [], under: ['keys', 'clock', 'inbox'], run: memoryCheck },
];

async function namesCheck({ deps, input }: Look) {
  const { idTag, appDomain, expect, resolvers, authoritative, root } = input;
  const asked = { idTag, appDomain, expect, resolvers, authoritative, root, every: true };
  const { timeout } = deps.requester;
  return dnsOutcome(await checkDns(deps, { ...asked, timeout: Math.min(timeout, LONGEST_QUERY) }));
}

/** Milliseconds: a name server that takes longer is as good as silent. */
const LONGEST_QUERY = 3_000;
