/** Content addresses: the IDs of actions, blobs and files (specification: Content addresses). */
import { createHash, hash } from 'node:crypto';

/** The kind of an ID: `a1` an action token, `b1` a blob, `f1` a file descriptor. */
export type ContentPrefix = 'a1' | 'b1' | 'f1';

/** 43 characters of base64url are 258 bits. The last character carries two zero bits, so that an ID has one spelling. */
const CONTENT_ID = /^(a1|b1|f1)~[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;

/** The ID of bytes: `<prefix>~` and the unpadded base64url of their SHA-256. */
export function contentId(prefix: ContentPrefix, bytes: Uint8Array | string): string {
  return `${prefix}~${hash('sha256', bytes, 'base64url')}`;
}

/** The ID of an action: the hash of its token's bytes. */
export function actionId(token: string): string {
  return contentId('a1', token);
}

/** The ID of a blob: the hash of its bytes. */
export function blobId(bytes: Uint8Array): string {
  return contentId('b1', bytes);
}

/** The ID of a file: the hash of its descriptor string. */
export function fileId(descriptor: string): string {
  return contentId('f1', descriptor);
}

/** Whether `value` is a well-formed ID, of `prefix` when one is given. Check before it becomes part of a URL or a path. */
export function isContentId(value: string, prefix?: ContentPrefix): boolean {
  return CONTENT_ID.test(value) && (prefix === undefined || value.startsWith(`${prefix}~`));
}

/** Computes a content ID from chunks. */
export interface ContentHash {
  update(chunk: Uint8Array): void;
  /** The ID of all chunks so far. Call it once. */
  id(): string;
}

/** Starts a hash for a stream. */
export function contentHash(prefix: ContentPrefix): ContentHash {
  const digest = createHash('sha256');
  return {
    update(chunk) {
      digest.update(chunk);
    },
    id: () => `${prefix}~${digest.digest('base64url')}`,
  };
}
