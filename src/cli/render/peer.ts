/** The output of `peer show` and `bans list`. */
import type { ChalkInstance } from 'chalk';
import { timeWithDistance } from '../../protocol/reason-text.ts';
import type { BanOutput, KnownPeerOutput } from '../schemas/peer.ts';
import { counted } from './counted.ts';
import { type Field, fieldLines } from './fields.ts';
import { table } from './table.ts';

/** What is known of a peer. `now` in unix seconds. */
export function renderPeer(known: KnownPeerOutput, now: number, colors: ChalkInstance): string[] {
  const { peer, profile, parked, lastArrival, relations } = known;
  const when = (iso: string) => timeWithDistance(Date.parse(iso) / 1000, now);
  return [
    colors.bold(profile?.name ? `${peer}  ${profile.name}` : peer),
    ...fieldLines([
      ['profile', profile ? `fetched ${when(profile.fetchedAt)}` : 'never fetched'],
      ...(profile?.keys ?? []).map((key): Field => ['key', keyText(key)]),
      ...memoryFields(known, when),
      ['circuit', circuitText(known, when)],
      parked > 0 ? ['parked', `${counted(parked, 'token')} that wait for its key`] : null,
      lastArrival && [
        'last came',
        `${when(lastArrival.at)}: ${[lastArrival.outcome, lastArrival.code].filter(Boolean).join(', ')}`,
      ],
    ]),
    ...relations.flatMap((relation) => relationLines(relation, when)),
  ];
}

/** The bans that hold, a row each. `now` in unix seconds. */
export function renderBans(bans: readonly BanOutput[], now: number, colors: ChalkInstance): string[] {
  const when = (iso: string) => timeWithDistance(Math.floor(Date.parse(iso) / 1000), now);
  const rows = bans.map(({ address, network, since, until }) => [address, network, when(since), when(until)]);
  const [head = '', ...lines] = table([['ADDRESS', 'NETWORK', 'SINCE', 'UNTIL'], ...rows]);
  return [colors.dim(head), ...lines];
}

function keyText({ keyId, expiresAt, published }: NonNullable<KnownPeerOutput['profile']>['keys'][number]): string {
  const end = expiresAt === null ? '' : `, until ${expiresAt}`;
  return `${keyId}${end}${published ? '' : ' (not published any more)'}`;
}

function memoryFields({ memory, peer }: KnownPeerOutput, when: (iso: string) => string): (Field | null)[] {
  if (memory === null)
    return [['memory', 'no server runs: failures, bans and proof of work are remembered by a running one']];
  const { failure, addresses } = memory;
  return [
    failure
      ? ['failed', `${when(failure.seenAt)}: ${failure.error.code}: ${failure.error.message}`]
      : ['failed', 'nothing is remembered'],
    failure && ['asked again', `${when(failure.againAt)}; at once after: cloudillo peer retry ${peer}`],
    ...addresses.map(({ address, ban, powLevel }): Field => {
      const banned = ban ? `, banned until ${when(ban.until)}` : '';
      const work = powLevel > 0 ? `, a CONN needs ${counted(powLevel, 'letter')} of proof of work` : '';
      return ['address', `${address}${banned}${work}`];
    }),
  ];
}

function circuitText({ circuit }: KnownPeerOutput, when: (iso: string) => string): string {
  if (circuit === null) return 'closed';
  const { since, attempts, nextAt, error } = circuit;
  return `open since ${when(since)}, ${counted(attempts, 'failure')}, next try ${when(nextAt)}: ${error.code}: ${error.message}`;
}

function relationLines(
  { tenant, queued, sentAt, receivedAt, ...is }: KnownPeerOutput['relations'][number],
  when: (iso: string) => string,
): string[] {
  const names = (['connected', 'following', 'follower', 'blocked', 'muted'] as const).filter((name) => is[name]);
  return [
    `  ${tenant}: ${names.join(', ') || 'no relation'}`,
    ...fieldLines([
      queued > 0 ? ['  queued', queued === 1 ? '1 delivery' : `${queued} deliveries`] : null,
      ['  last sent', sentAt === null ? 'never' : when(sentAt)],
      ['  last received', receivedAt === null ? 'never' : when(receivedAt)],
    ]),
  ];
}
