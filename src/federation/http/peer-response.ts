/** The answer of another instance. */
import { CloudilloError } from '../../protocol/errors.ts';
import { excerpt } from './text-excerpt.ts';
import type { Timings } from './timings.ts';
import type { TlsFacts } from './tls-facts.ts';

/** An answer of another instance. */
export interface PeerResponse {
  /** Without the query, which may hold a token. */
  url: string;
  status: number;
  /** By lower-case name. */
  headers: Record<string, string>;
  /** Empty when a sink received it. */
  body: Buffer;
  timings: Timings;
  tls?: TlsFacts;
  /** The address that answered. */
  remoteAddress?: string;
  /** How many attempts were made, retries included. */
  attempts: number;
  /**
   * The body as JSON.
   *
   * @throws CloudilloError `peer.invalid`
   */
  json(): unknown;
}

/** Whose answer it is. */
export interface AnswerSource {
  host: string;
  path: string;
  /** The programs that answered, where they say so. */
  by: string | undefined;
  /** Those that were sent, which a peer may repeat. */
  secrets: readonly string[];
}

/** Parses a body as JSON. For anything else the error has an excerpt. */
export function parseJson(body: Buffer, { host, path, by, secrets }: AnswerSource): unknown {
  const text = body.toString('utf8');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CloudilloError('peer.invalid', `${host} did not answer ${path} with JSON`, {
      stage: 'response',
      hint: 'Is this a Cloudillo server?',
      details: {
        host,
        path,
        body: excerpt(text.slice(0, 2_000), secrets),
        ...(by !== undefined && { answeredBy: by }),
      },
      cause,
    });
  }
}
