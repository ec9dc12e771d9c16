/** The caller of a request and its scope. */

/** The caller of a request, as its access token names it. */
export interface Caller {
  /** `null`: a guest. */
  idTag: string | null;
  /** The caller is the tenant itself, signed in. */
  owner: boolean;
  /** Limits the token to one file. */
  scope?: FileScope;
}

/** A file scope, `file:<id>:R|C|W`: read, comment or write. */
export interface FileScope {
  fileId: string;
  access: 'R' | 'C' | 'W';
}

/** A caller without an access token. */
export const GUEST: Caller = { idTag: null, owner: false };

/** Parses the scope of an access token. @returns null when the text is no file scope */
export function parseScope(text: string): FileScope | null {
  const match = /^file:(f1~[A-Za-z0-9_-]{43}):([RCW])$/.exec(text);
  return match ? { fileId: match[1] as string, access: match[2] as FileScope['access'] } : null;
}

/**
 * The caller for one file, or for everything else when `fileId` is null. A scope limits a token to its file and grants
 * nothing by itself. Elsewhere its holder is a guest.
 */
export function callerAt({ idTag, owner, scope }: Caller, fileId: string | null): Caller {
  return scope === undefined || scope.fileId === fileId ? { idTag, owner } : GUEST;
}
