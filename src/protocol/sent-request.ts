/** A request that was sent, without its secrets: whoever has them can send it again. */

/** A value of a request: text as it was sent, or the name of the secret that stood there. */
export type SentValue = { text: string } | { secret: string; prefix?: string };

/** A request as it went out. Secrets are named, never shown. */
export interface SentRequest {
  method: string;
  /** The URL without its query. */
  url: string;
  query: readonly { name: string; value: SentValue }[];
  headers: readonly { name: string; value: SentValue }[];
  /** null: none. `json` says whether it is sent as JSON; its text is never told, because everything in it may be private. */
  body: { bytes: number; json: boolean } | null;
  /** Where it went in a sandbox, and the authority (PEM) that its certificates are of; null: on the Internet. */
  sandbox: { address: string; port: number; ca: string } | null;
}
