/** The log of fetched profiles: which of them are on disk, in which segment, and which wait to be written. */
import type { LogKind } from '../disk/log-line.ts';
import { SegmentedLog } from '../disk/segmented-log.ts';
import type { WarnDamage } from '../disk/set-aside.ts';
import { type CachedProfile, cachedProfileProblem } from './cached-profile.ts';

/** A record of the log: a profile as it was fetched. */
export const PROFILES: LogKind<CachedProfile> = {
  name: 'keys',
  version: 1,
  encode: (profile) => JSON.stringify(profile),
  decode: (text) => {
    const json: unknown = JSON.parse(text);
    return cachedProfileProblem(json) === null ? (json as CachedProfile) : null;
  },
};

interface WrittenOptions {
  directory: string;
  onDamage: WarnDamage;
  segmentBytes: number;
  /** Bytes of all segments; beyond them the oldest ones go. */
  most: number;
}

/** Profiles on disk. */
export class WrittenProfiles {
  readonly #most: number;
  #log!: SegmentedLog<CachedProfile>;
  /** The segment with the last record of each. */
  readonly #segments = new Map<string, number>();
  readonly #waiting = new Set<string>();
  #found = new Map<string, CachedProfile>();

  private constructor(most: number) {
    this.#most = most;
  }

  /** Reads the log. It never throws. */
  static async open({ directory, onDamage, segmentBytes, most }: WrittenOptions): Promise<WrittenProfiles> {
    const written = new WrittenProfiles(most);
    const visit = (profile: CachedProfile, segment: number | null) => written.#read(profile, segment);
    written.#log = await SegmentedLog.open({ directory, kind: PROFILES, onDamage, segmentBytes, visit });
    return written;
  }

  /** Does something wait to be written? */
  get waits(): boolean {
    return this.#waiting.size > 0;
  }

  /** A profile of an earlier version's file; one that was fetched since counts more. */
  take(profile: CachedProfile): void {
    if (!this.#found.has(profile.idTag)) this.#read(profile, null);
  }

  /** All that was read, oldest first, once. */
  found(): CachedProfile[] {
    const found = [...this.#found.values()].sort((a, b) => a.fetchedAt - b.fetchedAt);
    this.#found = new Map();
    return found;
  }

  /** This profile isn't on disk as it is in memory. */
  changed(idTag: string): void {
    this.#waiting.add(idTag);
  }

  /**
   * Writes what waits, and makes room where the log is too large.
   * @param current the profile as it is in memory; null: it was forgotten
   * @throws {CloudilloError} `store.full` | `store.io`: then it waits for the next time
   */
  async write(current: (idTag: string) => CachedProfile | null): Promise<void> {
    const idTags = [...this.#waiting];
    this.#waiting.clear();
    await this.#append(idTags, current);
    for (let { oldest } = this.#log; oldest !== null && this.#log.bytes > this.#most; { oldest } = this.#log) {
      const left = [...this.#segments].flatMap(([idTag, segment]) => (segment === oldest ? idTag : []));
      await this.#append(left, current);
      await this.#log.dropOldest();
    }
  }

  async close(): Promise<void> {
    await this.#log.close();
  }

  async #append(idTags: readonly string[], current: (idTag: string) => CachedProfile | null): Promise<void> {
    const profiles = idTags.flatMap((idTag) => current(idTag) ?? []);
    try {
      const segment = profiles.length > 0 ? await this.#log.append(profiles) : 0;
      for (const idTag of idTags) this.#segments.delete(idTag);
      for (const { idTag } of profiles) this.#segments.set(idTag, segment);
    } catch (error) {
      for (const idTag of idTags) this.#waiting.add(idTag);
      throw error;
    }
  }

  #read(profile: CachedProfile, segment: number | null): void {
    const { idTag } = profile;
    // Deleted first so that the Map's order is the order of writing.
    this.#found.delete(idTag);
    this.#found.set(idTag, profile);
    if (segment === null) this.#waiting.add(idTag);
    else {
      this.#waiting.delete(idTag);
      this.#segments.set(idTag, segment);
    }
  }
}
