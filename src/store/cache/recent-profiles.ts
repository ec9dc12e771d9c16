/** Fetched profiles in memory, bounded in number and in bytes: strangers choose how many and how large. */
import type { CachedProfile } from './cached-profile.ts';

interface Kept {
  profile: CachedProfile;
  bytes: number;
}

/** The profiles fetched last; those fetched longest ago go first. */
export class RecentProfiles {
  readonly #most: { count: number; bytes: number };
  /** Ordered by when they were put: the first is the oldest. */
  readonly #profiles = new Map<string, Kept>();
  #bytes = 0;

  constructor(most: { count: number; bytes: number }) {
    this.#most = most;
  }

  get size(): number {
    return this.#profiles.size;
  }

  /** As JSON. */
  get bytes(): number {
    return this.#bytes;
  }

  get(idTag: string): CachedProfile | null {
    return this.#profiles.get(idTag)?.profile ?? null;
  }

  /** @param bytes of the profile as JSON */
  put(profile: CachedProfile, bytes: number): void {
    this.#delete(profile.idTag);
    this.#profiles.set(profile.idTag, { profile, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#profiles.keys()) {
      if (this.#profiles.size <= this.#most.count && this.#bytes <= this.#most.bytes) break;
      this.#delete(oldest);
    }
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

/** Bytes of a profile as JSON. */
export function profileBytes(profile: CachedProfile): number {
  return Buffer.byteLength(JSON.stringify(profile));
}
