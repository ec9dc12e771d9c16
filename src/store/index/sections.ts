/** The sections of a saved index. */

/** Receives the content of the index. The snapshot writes it, the check compares it. */
export interface SectionSink {
  /** Bytes that decide what the index answers. */
  bytes(name: string, bytes: Uint8Array): void;
  /** Bytes that only make it fast. They differ between two indexes with the same content. */
  derived(name: string, bytes: Uint8Array): void;
  json(name: string, value: unknown): void;
  /** What is compared in place of derived bytes. It is never saved, and read only where it is compared. */
  content(name: string, read: () => Uint8Array): void;
}

/** Returns the content of a saved index. @throws Error for a missing section */
export interface SectionSource {
  /** The bytes of a section. They become the caller's: at the start of a buffer of its own, with room to grow. */
  bytes(name: string): Uint8Array;
  json(name: string): unknown;
}

/** The bytes of a typed array, without a copy. */
export function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
