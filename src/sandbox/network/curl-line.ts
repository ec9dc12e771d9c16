/** A `curl` command for a sandbox. */
import { isIP } from 'node:net';
import { apiHost } from '../../protocol/id-tag.ts';
import { shellWord } from '../../protocol/shell-word.ts';

/**
 * A shell command that fetches an identity's profile. `--connect-to` changes address and port only: URL, `Host` and SNI are as on
 * the Internet, and the certificate is checked against the sandbox's authority.
 */
export function curlLine(idTag: string, endpoint: { address: string; port: number }, ca: string): string {
  const host = apiHost(idTag);
  const address = isIP(endpoint.address) === 6 ? `[${endpoint.address}]` : endpoint.address;
  const words = [
    'curl',
    '--cacert',
    ca,
    '--connect-to',
    `${host}:443:${address}:${endpoint.port}`,
    `https://${host}/api/me`,
  ];
  return words.map(shellWord).join(' ');
}
