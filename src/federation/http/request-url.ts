/** Checks the URLs of requests. */
import { CloudilloError } from '../../protocol/errors.ts';
import { mayBeSecret } from '../../protocol/secret-names.ts';

/**
 * Parses the URL of a request: https, without user info. A fragment is dropped.
 * @throws CloudilloError `usage.url`
 */
export function parseRequestUrl(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    // Not given as the cause: its message repeats the text, which may hold a token.
    throw refused('The URL is malformed', 'Write it in full, such as https://cl-o.alice.example.com/api/me');
  }
  if (url.protocol !== 'https:') {
    throw refused(`${url.protocol}// is not supported`, 'Instances are asked over https only.');
  }
  if (url.username !== '' || url.password !== '') {
    throw refused(`The URL of ${url.hostname} holds a user name or password`, 'Sign in with an identity instead.');
  }
  url.hash = '';
  return url;
}

/** The values in the query that must not appear in messages, also when the peer repeats them. */
export function querySecrets(url: URL): string[] {
  return [...url.searchParams].flatMap(([name, value]) => (mayBeSecret(name) ? [value] : []));
}

function refused(message: string, hint: string): CloudilloError {
  return new CloudilloError('usage.url', message, { stage: 'input', hint });
}
