/** URLs of a peer's API, and the IDs in them. */
import { isContentId } from '../../protocol/content-id.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { apiHost, parseIdTag } from '../../protocol/id-tag.ts';
import { excerpt } from '../http/text-excerpt.ts';

/**
 * The URL of an API path of an identity. The idTag may come from a stranger's token, so it is checked here, right before it
 * becomes part of a URL.
 * @param path starts with `/api/`; its variable parts come from {@link pathId}
 * @throws CloudilloError `usage.id-tag`
 */
export function peerUrl(idTag: string, path: string, query: Record<string, string | number | undefined> = {}): string {
  assertCanonical(idTag);
  const url = new URL(`https://${apiHost(idTag)}${path}`);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url.href;
}

function assertCanonical(idTag: string): void {
  const canonical = parseIdTag(idTag);
  if (canonical === idTag) return;
  throw new CloudilloError('usage.id-tag', `"${idTag}" is not in canonical form`, {
    stage: 'input',
    hint: `Write it as ${canonical}`,
  });
}

const TEMPORARY_ID = /^@[1-9]\d{0,18}$/;

/**
 * Whether this is a temporary ID such as `@14`. The network's server answers with one until it has signed or hashed. Nothing can
 * be verified against it.
 */
export function isTemporaryId(id: string): boolean {
  return TEMPORARY_ID.test(id);
}

/**
 * Checks a content ID or temporary ID before it becomes part of a path.
 * @throws CloudilloError `usage.content-id`
 */
export function pathId(id: string, prefix: 'a1' | 'b1' | 'f1'): string {
  if (isContentId(id, prefix) || (prefix !== 'b1' && isTemporaryId(id))) return id;
  const what = { a1: 'an action', b1: 'a blob', f1: 'a file' }[prefix];
  throw new CloudilloError('usage.content-id', `"${excerpt(id).slice(0, 80)}" is not the ID of ${what}`, {
    stage: 'input',
    hint: `An ID looks like ${prefix}~ followed by 43 characters.`,
  });
}
