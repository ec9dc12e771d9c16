/** Shows the profile of a tenant, or what is known of a peer. */
import type { CachedProfile } from '../../federation/keys/profile-cache.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { parseIdTag } from '../../protocol/id-tag.ts';
import type { PublishedKey } from '../../protocol/key-history.ts';
import { fingerprint, importPublicKey } from '../../protocol/keys.ts';
import type { Identity } from '../../store/identities/identity-document.ts';
import { type KeyView, keyViews } from '../keys/key-view.ts';
import { openRequests } from '../peers/open-requests.ts';
import { keepName } from '../peers/refresh-profiles.ts';
import { isUndelivered } from '../peers/undelivered.ts';
import { actingTenant } from '../runtime/acting-tenant.ts';
import type { Deps } from '../runtime/deps.ts';

/** Whose profile to show. */
export interface ShowProfileInput {
  as?: string | undefined;
  /** Default: the tenant itself. */
  idTag?: string | undefined;
  /** Fetch the peer's profile first. */
  refresh?: boolean | undefined;
}

/** The profile of a tenant. */
export interface OwnProfile {
  own: true;
  idTag: string;
  name: string;
  type: Identity['type'];
  profilePic: string | null;
  x: Record<string, string>;
  keys: KeyView[];
  counts: { following: number; followers: number; connected: number; blocked: number; muted: number };
  /** The settings for arriving relations and for visibility. */
  settings: { followers: boolean; connectionMode: string; defaultVisibility: string };
}

/** A key of a peer. */
export interface PeerKeyView {
  keyId: string;
  /** `gone`: no longer published; `replaced`: another key has its ID now. */
  state: 'published' | 'expired' | 'gone' | 'replaced';
  /** Null when the key is not valid. */
  fingerprint: string | null;
  /** ISO 8601. */
  expiresAt: string | null;
  /** When a key that is gone was last published, ISO 8601. */
  lastSeenAt: string | null;
}

/** What a tenant knows of a peer. */
export interface PeerProfile {
  own: false;
  as: string;
  idTag: string;
  /** From the profile as last seen; null when none is known. */
  name: string | null;
  type: Identity['type'] | null;
  profilePic: string | null;
  /** The picture is stored here. */
  pictureHere: boolean;
  following: boolean;
  follower: boolean;
  connected: boolean;
  /** What says so waits to be delivered: the peer doesn't know yet. */
  undelivered: boolean;
  /** The tenant's CONN is unanswered. */
  requested: boolean;
  /** The peer's CONN is unanswered. */
  asks: boolean;
  blocked: boolean;
  muted: boolean;
  /** When the peer's profile was fetched last, ISO 8601; null: never. */
  checkedAt: string | null;
  keys: PeerKeyView[];
}

type ShowDeps = Pick<Deps, 'store' | 'identities' | 'settings' | 'keyCache' | 'profiles' | 'clock' | 'peerChanged'>;

/**
 * Shows the profile of a tenant, or what is known of a peer.
 * @throws CloudilloError `usage.id-tag`, `usage.refresh`, `home.identity-missing`; with `refresh` also `dns.*`,
 * `network.*`, `tls.*`, `peer.*`
 */
export async function showProfile(deps: ShowDeps, input: ShowProfileInput): Promise<OwnProfile | PeerProfile> {
  const { refresh = false } = input;
  const idTag = input.idTag === undefined ? undefined : parseIdTag(input.idTag);
  // Without --as, the idTag of a tenant shows that tenant, not a peer.
  const hosted = idTag !== undefined && input.as === undefined ? await deps.identities.read(idTag) : null;
  const self = hosted ?? (await actingTenant(deps.identities, input.as));
  if (idTag === undefined || idTag === self.idTag) {
    if (!refresh) return ownProfile(deps, self);
    throw new CloudilloError('usage.refresh', `${self.idTag} is an identity of this home, so there is no peer to ask`, {
      stage: 'input',
      hint: `The published profile is shown by: cloudillo fetch-profile ${self.idTag}`,
    });
  }
  if (refresh) await keepName(deps, await deps.profiles.refresh(idTag, { insist: true }), [self.idTag]);
  return peerProfile(deps, self.idTag, idTag);
}

function ownProfile({ store, settings, clock }: ShowDeps, identity: Identity): OwnProfile {
  const { idTag, name, type, profilePic = null, x = {} } = identity;
  const treatments = store.treatments(idTag);
  const { followers, connectionMode, defaultVisibility } = settings;
  return {
    own: true,
    idTag,
    name,
    type,
    profilePic,
    x,
    keys: keyViews(identity, clock.wall()),
    counts: {
      ...store.relationCounts(idTag),
      blocked: treatments.filter((one) => one.blocked).length,
      muted: treatments.filter((one) => one.muted).length,
    },
    settings: { followers, connectionMode, defaultVisibility },
  };
}

function peerProfile({ store, keyCache, clock }: ShowDeps, tenant: string, idTag: string): PeerProfile {
  const known = store.peer(tenant, idTag);
  const cached = keyCache.get(idTag);
  const { following, follower, connected } = store.relation(tenant, idTag);
  const { blocked, muted } = store.treatment(tenant, idTag);
  const profilePic = known ? known.profilePic : (cached?.profilePic ?? null);
  return {
    own: false,
    as: tenant,
    idTag,
    name: known?.name || cached?.name || null,
    type: known?.type ?? cached?.type ?? null,
    profilePic,
    pictureHere: profilePic !== null && store.file(tenant, profilePic) !== null,
    following,
    follower,
    connected,
    undelivered: isUndelivered(store, tenant, idTag),
    ...openRequests(store, tenant, idTag),
    blocked,
    muted,
    checkedAt: cached ? new Date(cached.fetchedAt).toISOString() : null,
    keys: cached ? peerKeys(cached, clock.wall()) : [],
  };
}

function peerKeys({ keys, retired = [] }: CachedProfile, now: number): PeerKeyView[] {
  const published = new Set(keys.map(({ keyId }) => keyId));
  const isOver = (expiresAt: string | undefined) => expiresAt !== undefined && Date.parse(expiresAt) <= now;
  return [
    ...keys.map((key) => ({
      ...keyView(key),
      state: isOver(key.expiresAt) ? ('expired' as const) : ('published' as const),
      lastSeenAt: null,
    })),
    ...retired.map((key) => ({
      ...keyView(key),
      state: published.has(key.keyId) ? ('replaced' as const) : ('gone' as const),
      lastSeenAt: new Date(key.lastSeenAt).toISOString(),
    })),
  ];
}

function keyView({ keyId, publicKey, expiresAt = undefined }: PublishedKey) {
  const end = expiresAt === undefined || Number.isNaN(Date.parse(expiresAt)) ? null : new Date(expiresAt).toISOString();
  try {
    return { keyId, fingerprint: fingerprint(importPublicKey(publicKey)), expiresAt: end };
  } catch (error) {
    if (!(error instanceof CloudilloError)) throw error;
    // A peer may publish anything. An invalid key is shown as such.
    return { keyId, fingerprint: null, expiresAt: end };
  }
}
