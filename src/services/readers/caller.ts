/** Who asks, as an access token tells it. */
export interface Caller {
  /** `null`: a guest. */
  idTag: string | null;
  /** The hosted identity itself, signed in. */
  owner: boolean;
  /** The token is good for one file only. */
  scope?: FileScope;
}

/** `file:<id>:R|C|W`: read, comment, write. */
export interface FileScope {
  fileId: string;
  access: 'R' | 'C' | 'W';
}

export const GUEST: Caller = { idTag: null, owner: false };

/** @returns null when the text is no scope */
export function parseScope(text: string): FileScope | null {
  const match = /^file:(f1~[A-Za-z0-9_-]{43}):([RCW])$/.exec(text);
  return match ? { fileId: match[1] as string, access: match[2] as FileScope['access'] } : null;
}

/**
 * Who a caller is when it comes to one file: a scope narrows a token to its file, and grants nothing by itself. Elsewhere its
 * holder is a guest.
 */
export function callerAt({ idTag, owner, scope }: Caller, fileId: string | null): Caller {
  return scope === undefined || scope.fileId === fileId ? { idTag, owner } : GUEST;
}
