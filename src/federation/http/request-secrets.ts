/** The secrets of a request: what no message may show, also when the peer repeats it. */
import { isPlainHeader, mayBeSecret } from '../../protocol/secret-names.ts';
import { querySecrets } from './request-url.ts';

/** A longer body isn't searched. Bytes. */
const MAX_BODY = 64 * 1024;
/** The most values of a body. */
const MAX_VALUES = 64;

/** The parts of a request that may hold secrets. */
export interface SecretParts {
  url: URL;
  headers: Readonly<Record<string, string>>;
  bearer: string | undefined;
  /** As it is sent. */
  body: string | Uint8Array | undefined;
}

/** Collects them: of the query and the body by their names, of the headers all but the well-known ones. */
export function requestSecrets({ url, headers, bearer, body }: SecretParts): string[] {
  const inHeaders = Object.entries(headers).flatMap(([name, value]) => (isPlainHeader(name) ? [] : [value]));
  return [...querySecrets(url), ...(bearer === undefined ? [] : [bearer]), ...inHeaders, ...bodySecrets(body)];
}

function bodySecrets(body: string | Uint8Array | undefined): string[] {
  if (body === undefined || body.length > MAX_BODY) return [];
  let value: unknown;
  try {
    value = JSON.parse(typeof body === 'string' ? body : Buffer.from(body).toString('utf8'));
  } catch {
    return []; // It isn't JSON: it has no names.
  }
  const found: string[] = [];
  const waiting: [name: string, value: unknown][] = [['', value]];
  while (waiting.length > 0 && found.length < MAX_VALUES) {
    const [name, next] = waiting.pop() as [string, unknown];
    if (typeof next === 'string') {
      if (mayBeSecret(name)) found.push(next);
    } else if (Array.isArray(next)) waiting.push(...next.map((each): [string, unknown] => [name, each]));
    else if (next !== null && typeof next === 'object') waiting.push(...Object.entries(next));
  }
  return found;
}
