/** The description of a request that was sent. It names the secrets and holds none, so whoever has them can send the request again. */

/** A value of a request: the text that was sent, or the name of a secret. `prefix` is the text before the secret (`Bearer `). */
export type SentValue = { text: string } | { secret: string; prefix?: string };

/** A request as it went out. Secrets are named, never shown. */
export interface SentRequest {
  method: string;
  /** The URL without its query. */
  url: string;
  query: readonly { name: string; value: SentValue }[];
  headers: readonly { name: string; value: SentValue }[];
  /** null: none. Its text is left out, because all of it may be private. */
  body: { bytes: number; json: boolean } | null;
  /** It asks for a WebSocket: after the answer the connection stays open. */
  upgrade?: true;
  /** In a sandbox: where the request went, and the CA certificate to trust there (PEM). null: the public network. */
  sandbox: { address: string; port: number; ca: string } | null;
}
