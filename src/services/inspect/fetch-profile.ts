/** Examines the published profile of an identity. */
import type { Timings } from '../../federation/http/timings.ts';
import type { TlsFacts } from '../../federation/http/tls-facts.ts';
import type { FetchedProfile } from '../../federation/peer/profile-api.ts';
import type { ErrorCode } from '../../protocol/error-table.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { apiHost } from '../../protocol/id-tag.ts';
import { fingerprint, importPublicKey } from '../../protocol/keys.ts';
import type { Profile, ProfileKey } from '../../protocol/profile.ts';

/** A published key, examined. */
export interface KeyReport {
  keyId: string;
  /** Whether it is a P-384 key. Only such a key verifies anything. */
  usable: boolean;
  /** null when the key can't be read. */
  fingerprint: string | null;
  /** ISO 8601; signatures made later are refused. */
  expiresAt: string | null;
  expired: boolean;
  /** Why it is not usable. */
  problem?: { code: ErrorCode; reason: string };
}

/** The published profile of an identity, and how it was reached. */
export interface ProfileReport {
  idTag: string;
  name: string;
  type: Profile['type'];
  profilePic: string | null;
  keys: KeyReport[];
  url: string;
  /** The address that answered. */
  address: string | null;
  tls: TlsFacts | null;
  /** Milliseconds. */
  timings: Timings;
  attempts: number;
}

/** Examines a fetched profile. An invalid key is marked, and the rest is reported. @param now unix milliseconds */
export function profileReport({ profile, response }: FetchedProfile, now: number): ProfileReport {
  return {
    idTag: profile.idTag,
    name: profile.name,
    type: profile.type,
    profilePic: profile.profilePic ?? null,
    keys: profile.keys.map((key) => keyReport(key, now)),
    url: `https://${apiHost(profile.idTag)}/api/me`,
    address: response.remoteAddress ?? null,
    tls: response.tls ?? null,
    timings: response.timings,
    attempts: response.attempts,
  };
}

function keyReport({ keyId, publicKey, expiresAt }: ProfileKey, now: number): KeyReport {
  const common = {
    keyId,
    expiresAt: expiresAt ?? null,
    expired: expiresAt !== undefined && Date.parse(expiresAt) <= now,
  };
  try {
    return { ...common, usable: true, fingerprint: fingerprint(importPublicKey(publicKey)) };
  } catch (error) {
    if (!(error instanceof CloudilloError)) throw error;
    return { ...common, usable: false, fingerprint: null, problem: { code: error.code, reason: error.message } };
  }
}
