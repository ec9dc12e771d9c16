/** The output of `profile show`. */
import type { ChalkInstance } from 'chalk';
import { timeWithDistance } from '../../protocol/reason-text.ts';
import type { OwnProfileOutput, PeerProfileOutput } from '../schemas/profile-show.ts';
import { type Field, fieldLines } from './fields.ts';

/** The profile of a tenant. */
export function renderOwnProfile(profile: OwnProfileOutput, colors: ChalkInstance): string[] {
  const { counts, settings } = profile;
  const { followers, following, connected, blocked, muted } = counts;
  const fields: (Field | null)[] = [
    profile.profilePic === null ? null : ['picture', profile.profilePic],
    ...keyFields(profile.keys.map((key) => [key.keyId, key.fingerprint, key.state])),
    ['people', `${following} following, ${followers} followers, ${connected} connected`],
    blocked + muted === 0 ? null : ['', `${blocked} blocked, ${muted} muted`],
    ['settings', `followers ${settings.followers ? 'on' : 'off'}, connection requests: ${settings.connectionMode}`],
  ];
  return [heading(profile, colors), ...fieldLines(fields)];
}

/** What a tenant knows of a peer. `now` in unix seconds. */
export function renderPeerProfile(profile: PeerProfileOutput, now: number, colors: ChalkInstance): string[] {
  const { checkedAt, blocked, muted } = profile;
  const fields: (Field | null)[] = [
    profile.profilePic === null ? null : ['picture', `${profile.profilePic}${profile.pictureHere ? '' : '  not here'}`],
    [`to ${profile.as}`, relationText(profile)],
    blocked || muted ? ['treatment', colors.yellow(blocked ? 'blocked' : 'muted')] : null,
    ...keyFields(profile.keys.map((key) => [key.keyId, key.fingerprint, stateText(key, now)])),
    ['checked', checkedAt === null ? 'never' : distance(checkedAt, now)],
  ];
  return [heading(profile, colors), ...fieldLines(fields)];
}

function heading(profile: { idTag: string; name: string | null; type: string | null }, colors: ChalkInstance): string {
  const name = profile.name === null || profile.name === '' ? '' : `  ${profile.name}`;
  return `${colors.bold(profile.idTag)}${name}${profile.type === null ? '' : ` (${profile.type})`}`;
}

function keyFields(keys: (readonly [keyId: string, fingerprint: string | null, state: string])[]): Field[] {
  return keys.map(([keyId, fingerprint, state], index) => [
    index === 0 ? 'keys' : '',
    `${keyId}  ${fingerprint ?? 'no sound key'}  ${state}`,
  ]);
}

function stateText({ state, expiresAt, lastSeenAt }: PeerProfileOutput['keys'][number], now: number): string {
  if (lastSeenAt !== null) return `${state}, last seen ${distance(lastSeenAt, now)}`;
  if (expiresAt === null) return state;
  return state === 'expired' ? `expired ${distance(expiresAt, now)}` : `${state}, expires ${distance(expiresAt, now)}`;
}

function relationText({ connected, following, follower, requested, asks, undelivered }: PeerProfileOutput): string {
  const later = undelivered ? ' (not delivered yet)' : '';
  const parts = [
    connected && `connected${later}`,
    following && !connected && `followed${later}`,
    follower && !connected && 'follows',
    requested && 'asked to connect',
    asks && 'asks to connect',
  ].filter((part) => part !== false);
  return parts.length > 0 ? parts.join(', ') : 'no relation';
}

function distance(iso: string, now: number): string {
  return timeWithDistance(Math.floor(Date.parse(iso) / 1000), now);
}
