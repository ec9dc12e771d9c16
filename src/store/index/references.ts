/** Numbers the references of actions. */
import { isContentId } from '../../protocol/content-id.ts';
import { DigestTable } from './digest-table.ts';
import type { SectionSink, SectionSource } from './sections.ts';
import { StringPool } from './string-pool.ts';

/** No reference. */
export const NONE = -1;

// One buffer for all: a replay would otherwise make millions of short-lived ones.
const DIGEST = Buffer.alloc(32);

/** The 32 bytes of a content ID, valid until the next call. */
export function digestOf(contentId: string): Uint8Array {
  DIGEST.write(contentId.slice(3), 0, 32, 'base64url');
  return DIGEST;
}

/**
 * Numbers references, so that each one is a 32-bit number: action IDs by their digest (0 and up), any other reference
 * (`@bob.example`, file IDs) as a string (-2 and down).
 */
export class References {
  readonly ids: DigestTable;
  readonly #strings = new StringPool();

  constructor(seed: Uint32Array) {
    this.ids = new DigestTable(32, seed);
  }

  /** The number of a reference, new or not. */
  add(value: string | null | undefined): number {
    if (value === null || value === undefined) return NONE;
    if (isContentId(value, 'a1')) return this.ids.add(digestOf(value));
    return -2 - this.#strings.add(value);
  }

  /** The number of a reference; null when no row has it. */
  find(value: string): number | null {
    if (isContentId(value, 'a1')) {
      const number = this.ids.find(digestOf(value));
      return number < 0 ? null : number;
    }
    const number = this.#strings.find(value);
    return number < 0 ? null : -2 - number;
  }

  clear(): void {
    this.ids.clear();
    this.#strings.clear();
  }

  at(number: number): string | null {
    if (number === NONE) return null;
    if (number < NONE) return this.#strings.at(-2 - number);
    return `a1~${Buffer.from(this.ids.digest(number)).toString('base64url')}`;
  }

  dump(name: string, sink: SectionSink): void {
    this.ids.dump(`${name}.ids`, sink);
    this.#strings.dump(`${name}.strings`, sink);
  }

  load(name: string, source: SectionSource): void {
    this.ids.load(`${name}.ids`, source);
    this.#strings.load(`${name}.strings`, source);
  }
}
