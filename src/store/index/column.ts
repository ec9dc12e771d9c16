/** Columns of numbers. */

/** The numeric types that a column may have. */
export interface Numbers {
  u8: Uint8Array;
  u32: Uint32Array;
  i32: Int32Array;
  f64: Float64Array;
}

const ARRAYS = { u8: Uint8Array, u32: Uint32Array, i32: Int32Array, f64: Float64Array };
const SMALLEST = 16;

/**
 * A growing array of numbers of one type. It takes a few bytes for each value, where an array of objects takes a hundred. Room is
 * reserved in advance; pages that are never written cost no memory.
 */
export class Column<K extends keyof Numbers = keyof Numbers> {
  readonly kind: K;
  #data: Numbers[K];
  #length = 0;

  constructor(kind: K) {
    this.kind = kind;
    this.#data = new ARRAYS[kind](SMALLEST) as Numbers[K];
  }

  get length(): number {
    return this.#length;
  }

  /** The value at a position below `length`. */
  at(position: number): number {
    return this.#data[position] as number;
  }

  set(position: number, value: number): void {
    this.#data[position] = value;
  }

  /** @returns the position of the new value */
  push(value: number): number {
    if (this.#length === this.#data.length) this.#grow(Math.max(SMALLEST, this.#length * 2));
    this.#data[this.#length] = value;
    this.#length += 1;
    return this.#length - 1;
  }

  clear(): void {
    this.#length = 0;
  }

  /** Inserts a value, and moves those behind it. */
  insert(position: number, value: number): void {
    this.push(0);
    this.#data.copyWithin(position + 1, position, this.#length - 1);
    this.#data[position] = value;
  }

  /** The values without a copy, valid until the next push. */
  view(): Numbers[K] {
    return this.#data.subarray(0, this.#length) as Numbers[K];
  }

  /** Takes over the bytes of a dumped view, and the room behind them. The caller must not use them any more. */
  load(bytes: Uint8Array): void {
    const width = ARRAYS[this.kind].BYTES_PER_ELEMENT;
    if (bytes.length % width !== 0) throw new RangeError(`${bytes.length} bytes aren't a column of ${this.kind}`);
    const room = bytes.byteOffset === 0 ? bytes : bytes.slice();
    const length = Math.floor(room.buffer.byteLength / width);
    this.#length = bytes.length / width;
    this.#data = new ARRAYS[this.kind](room.buffer as ArrayBuffer, 0, length) as Numbers[K];
  }

  #grow(length: number): void {
    const data = new ARRAYS[this.kind](length) as Numbers[K];
    data.set(this.#data);
    this.#data = data;
  }
}
