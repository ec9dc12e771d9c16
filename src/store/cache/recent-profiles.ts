/**
 * Fetched profiles in memory, bounded in number and in bytes, because strangers choose how many there are and how large they are.
 */
import type { CachedProfile } from './cached-profile.ts';

interface Kept {
  profile: CachedProfile;
  bytes: number;
}

/** The profiles that were fetched last. Those that were fetched longest ago are dropped first. */
export class RecentProfiles {
  readonly #most: { count: number; bytes: number };
  /** In the order of putting, the oldest first. */
  readonly #profiles = new Map<string, Kept>();
  #bytes = 0;

  constructor(most: { count: number; bytes: number }) {
    this.#most = most;
  }

  get size(): number {
    return this.#profiles.size;
  }

  /** The size of all profiles as JSON, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  get(idTag: string): CachedProfile | null {
    return this.#profiles.get(idTag)?.profile ?? null;
  }

  /** Adds a profile. @param bytes of the profile as JSON */
  put(profile: CachedProfile, bytes: number): void {
    this.#delete(profile.idTag);
    this.#profiles.set(profile.idTag, { profile, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#profiles.keys()) {
      if (this.#profiles.size <= this.#most.count && this.#bytes <= this.#most.bytes) break;
      this.#delete(oldest);
    }
  }

  delete(idTag: string): void {
    this.#delete(idTag);
  }

  /** Oldest first. */
  *values(): Iterable<CachedProfile> {
    for (const { profile } of this.#profiles.values()) yield profile;
  }

  #delete(idTag: string): void {
    this.#bytes -= this.#profiles.get(idTag)?.bytes ?? 0;
    this.#profiles.delete(idTag);
  }
}

/** The size of a profile as JSON, in bytes. */
export function profileBytes(profile: CachedProfile): number {
  return Buffer.byteLength(JSON.stringify(profile));
}
