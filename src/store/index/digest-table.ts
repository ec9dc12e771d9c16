/** Numbers digests. */
import { Column } from './column.ts';
import { bytesOf, type SectionSink, type SectionSource } from './sections.ts';

const SMALLEST = 16;

/**
 * Gives each distinct digest the next number from 0 on. It uses open addressing over raw bytes: about 40 bytes for a SHA-256,
 * where a Map of strings takes 150.
 * Peers can choose some of these digests (a parent that doesn't exist). The slot depends on a secret seed, so that a sender can't
 * make them all collide.
 */
export class DigestTable {
  /** Words of 4 bytes in a digest. */
  readonly #width: number;
  readonly #seed: Uint32Array;
  readonly #words = new Column('u32');
  /** The number + 1; 0: free. */
  #slots = new Uint32Array(SMALLEST);
  readonly #probe: Uint32Array;
  readonly #probeBytes: Uint8Array;

  /** @param bytes length of the digests, a multiple of 4 @param seed 4 random words, the same for a saved table */
  constructor(bytes: number, seed: Uint32Array) {
    this.#width = bytes / 4;
    this.#seed = seed;
    this.#probe = new Uint32Array(this.#width);
    this.#probeBytes = bytesOf(this.#probe);
  }

  get size(): number {
    return this.#words.length / this.#width;
  }

  /** The number of a digest, or -1. A longer input is cut. @param digest bytes, or a string of one character for each byte */
  find(digest: Uint8Array | string): number {
    this.#load(digest);
    const slot = this.#slotOfProbe();
    return (this.#slots[slot] as number) - 1;
  }

  /** The number of a digest, new or not. To know which, compare it with `size` before. */
  add(digest: Uint8Array | string): number {
    this.#load(digest);
    const slot = this.#slotOfProbe();
    const known = this.#slots[slot] as number;
    if (known > 0) return known - 1;
    const number = this.size;
    for (let word = 0; word < this.#width; word += 1) this.#words.push(this.#probe[word] as number);
    this.#slots[slot] = number + 1;
    if ((number + 1) * 4 > this.#slots.length * 3) this.#rehash(this.#slots.length * 2);
    return number;
  }

  clear(): void {
    this.#words.clear();
    this.#slots.fill(0);
  }

  /** A digest's bytes, without a copy. */
  digest(number: number): Uint8Array {
    const words = this.#words.view();
    return new Uint8Array(words.buffer, words.byteOffset + number * this.#width * 4, this.#width * 4);
  }

  dump(name: string, sink: SectionSink): void {
    sink.bytes(`${name}.digests`, bytesOf(this.#words.view()));
    sink.derived(`${name}.slots`, bytesOf(this.#slots));
  }

  load(name: string, source: SectionSource): void {
    this.#words.load(source.bytes(`${name}.digests`));
    const slots = source.bytes(`${name}.slots`);
    this.#slots = new Uint32Array(slots.buffer as ArrayBuffer, slots.byteOffset, slots.length / 4);
  }

  #load(digest: Uint8Array | string): void {
    const bytes = this.#width * 4;
    if (typeof digest === 'string') {
      for (let byte = 0; byte < bytes; byte += 1) this.#probeBytes[byte] = digest.charCodeAt(byte);
      return;
    }
    this.#probeBytes.set(digest.length === bytes ? digest : digest.subarray(0, bytes));
  }

  #slotOfProbe(): number {
    const mask = this.#slots.length - 1;
    let slot = this.#hash(this.#probe, 0) & mask;
    for (;;) {
      const number = this.#slots[slot] as number;
      if (number === 0 || this.#equals((number - 1) * this.#width)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #equals(start: number): boolean {
    for (let word = 0; word < this.#width; word += 1) {
      if (this.#words.at(start + word) !== this.#probe[word]) return false;
    }
    return true;
  }

  #hash(words: Uint32Array, start: number): number {
    let hash = this.#seed[0] as number;
    for (let word = 0; word < this.#width; word += 1) {
      hash = Math.imul(hash ^ (words[start + word] as number), (this.#seed[1 + (word % 3)] as number) | 1);
      hash ^= hash >>> 15;
    }
    return hash >>> 0;
  }

  #rehash(length: number): void {
    const slots = new Uint32Array(length);
    const words = this.#words.view();
    const mask = length - 1;
    for (let number = 0; number < this.size; number += 1) {
      let slot = this.#hash(words, number * this.#width) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = number + 1;
    }
    this.#slots = slots;
  }
}
