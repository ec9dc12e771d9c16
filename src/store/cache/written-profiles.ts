/** The log of fetched profiles: which of them are on disk, in which segment, and which have to be written. */
import type { LogKind } from '../disk/log-line.ts';
import { SegmentedLog } from '../disk/segmented-log.ts';
import type { WarnDamage } from '../disk/set-aside.ts';
import { type CachedProfile, cachedProfileProblem } from './cached-profile.ts';

/** The format of the log: one profile a record. */
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
  /** The most bytes of all segments. Beyond them the oldest ones are dropped. */
  most: number;
}

/** The profiles on disk. */
export class WrittenProfiles {
  readonly #most: number;
  #log!: SegmentedLog<CachedProfile>;
  /** The segment with the last record of each profile. */
  readonly #segments = new Map<string, number>();
  readonly #waiting = new Set<string>();
  readonly #forgotten = new Set<string>();
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

  /** Whether a profile waits to be written. */
  get waits(): boolean {
    return this.#waiting.size > 0;
  }

  /** Adds a profile of an earlier version's file, unless a later one is known. */
  take(profile: CachedProfile): void {
    if (!this.#found.has(profile.idTag)) this.#read(profile, null);
  }

  /** All profiles that were read, oldest first. Call it once. */
  found(): CachedProfile[] {
    const found = [...this.#found.values()].sort((a, b) => a.fetchedAt - b.fetchedAt);
    this.#found = new Map();
    return found;
  }

  /** Marks a profile as changed in memory. */
  changed(idTag: string): void {
    this.#waiting.add(idTag);
  }

  /** Marks a profile as forgotten: its records are removed. */
  forget(idTag: string): void {
    this.#waiting.delete(idTag);
    this.#forgotten.add(idTag);
  }

  /**
   * Writes the changed profiles, and drops segments when the log is too large.
   * @param current the profile as it is in memory; null: it was forgotten
   * @throws {CloudilloError} `store.full` | `store.io`: the changes stay for the next time
   */
  async write(current: (idTag: string) => CachedProfile | null): Promise<void> {
    const idTags = [...this.#waiting];
    this.#waiting.clear();
    await this.#removeForgotten();
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

  async #removeForgotten(): Promise<void> {
    const gone = [...this.#forgotten];
    if (gone.length === 0) return;
    await this.#log.rewrite(gone, (profile) => (gone.includes(profile.idTag) ? null : profile));
    for (const idTag of gone) {
      this.#forgotten.delete(idTag);
      this.#segments.delete(idTag);
    }
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
    // Deleted first, so that the order of the Map is the order of writing.
    this.#found.delete(idTag);
    this.#found.set(idTag, profile);
    if (segment === null) this.#waiting.add(idTag);
    else {
      this.#waiting.delete(idTag);
      this.#segments.set(idTag, segment);
    }
  }
}
