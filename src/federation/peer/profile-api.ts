/** Fetches profiles (specification: Profile). */
import { CloudilloError } from '../../protocol/errors.ts';
import { type Profile, parseProfile } from '../../protocol/profile.ts';
import type { PeerResponse } from '../http/peer-response.ts';
import type { Requester } from '../http/request.ts';
import { peerUrl } from './peer-url.ts';

/** A profile as its identity publishes it now. */
export interface FetchedProfile {
  notModified: false;
  profile: Profile;
  etag: string | null;
  /** The text of the answer as it came, envelope included. */
  raw: string;
  response: PeerResponse;
}

/** The answer that the profile still has the ETag of the request. */
export interface UnchangedProfile {
  notModified: true;
  profile: null;
  etag: string;
  raw: '';
  response: PeerResponse;
}

/** Fetches the profile of an identity. */
export interface FetchProfile {
  /** @throws CloudilloError as {@link Requester.get}, `peer.invalid`, `peer.profile`, `peer.mismatch` */
  (idTag: string, options?: { etag?: undefined }): Promise<FetchedProfile>;
  /** Asks with the ETag of a stored profile whether it has changed. */
  (idTag: string, options: { etag?: string | undefined }): Promise<FetchedProfile | UnchangedProfile>;
}

/** Makes a client for `GET /api/me` (specification: Profile). A profile has to name the identity that was asked. */
export function createFetchProfile(requester: Requester): FetchProfile {
  async function fetchProfile(
    idTag: string,
    { etag }: { etag?: string | undefined } = {},
  ): Promise<FetchedProfile | UnchangedProfile> {
    const response = await requester.get(peerUrl(idTag, '/api/me'), { ...(etag !== undefined && { etag }) });
    if (response.status === 304 && etag !== undefined) {
      return { notModified: true, profile: null, etag, raw: '', response };
    }
    const profile = readProfile(response, idTag);
    if (profile.idTag !== idTag) throw otherProfile(idTag, profile.idTag);
    const newTag = response.headers['etag'] ?? null;
    return { notModified: false, profile, etag: newTag, raw: response.body.toString('utf8'), response };
  }
  return fetchProfile as FetchProfile;
}

function readProfile(response: PeerResponse, idTag: string): Profile {
  const json = response.json();
  try {
    return parseProfile(json);
  } catch (cause) {
    if (!(cause instanceof CloudilloError)) throw cause;
    // The parser knows the fault, but not whose profile it is.
    throw new CloudilloError(cause.code, `${idTag}: ${cause.message}`, {
      stage: 'profile',
      hint: `Is this a Cloudillo server? See what it answers: cloudillo get ${idTag}`,
      details: { ...cause.details, idTag, url: response.url },
      cause,
    });
  }
}

function otherProfile(idTag: string, actual: string): CloudilloError {
  return new CloudilloError('peer.mismatch', `${idTag} answers with the profile of ${actual}`, {
    stage: 'profile',
    hint: `The name points at a server that does not host it: check its DNS with cloudillo dns-check ${idTag}`,
    details: { idTag, actual },
  });
}
