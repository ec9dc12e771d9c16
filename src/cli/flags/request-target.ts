/** The URL of a request, from the arguments. */
import { apiHost, idTagFromHost, parseIdTag } from '../../protocol/id-tag.ts';
import { usageError } from '../output/output.ts';

/** The target of a typed request. */
export interface RequestTarget {
  url: string;
  /** The identity whose server that is, for signing in; null when the host name belongs to no identity. */
  idTag: string | null;
}

/**
 * Reads `https://…` as it is, or an idTag and a path: `bob.test /api/me` → `https://cl-o.bob.test/api/me`.
 * @throws CloudilloError `usage.url`, `usage.id-tag`
 */
export function requestTarget(target: string, path: string | undefined): RequestTarget {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(target)) {
    const idTag = parseIdTag(target);
    const absolute = path === undefined || path.startsWith('/') ? (path ?? '/api/me') : `/${path}`;
    return { url: `https://${apiHost(idTag)}${absolute}`, idTag };
  }
  if (path !== undefined) {
    throw usageError('usage.url', 'A URL and a path were both given', 'Give the whole URL, or an idTag and a path');
  }
  if (!URL.canParse(target)) {
    throw usageError(
      'usage.url',
      'The URL is malformed',
      'Write it in full, such as https://cl-o.alice.example.com/api/me',
    );
  }
  return { url: target, idTag: idTagFromHost(new URL(target).host) };
}
