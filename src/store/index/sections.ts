/** Where parts of the index put what they hold; the snapshot writes it, the check compares it. */
export interface SectionSink {
  /** Bytes that decide what the index answers. */
  bytes(name: string, bytes: Uint8Array): void;
  /** Bytes that only make it fast, and differ between two indexes with the same content. */
  derived(name: string, bytes: Uint8Array): void;
  json(name: string, value: unknown): void;
}

/** Where they get it back from. @throws Error for a section that isn't there */
export interface SectionSource {
  /** Given away: at the start of a buffer of its own, with room behind to grow into. */
  bytes(name: string): Uint8Array;
  json(name: string): unknown;
}

/** A typed array's bytes, without a copy. */
export function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
