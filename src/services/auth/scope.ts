/** The scopes of access tokens. */
import { CloudilloError } from '../../protocol/errors.ts';
import { parseScope } from '../readers/caller.ts';

/** Checks a scope. @throws CloudilloError `usage.scope` for any other text, which must not be taken for "everything" */
export function assertScope(scope: string | undefined): void {
  if (scope === undefined || parseScope(scope)) return;
  throw new CloudilloError('usage.scope', 'The scope must be file:<file ID>:R, :C or :W', {
    stage: 'input',
    hint: 'Scopes are for one file each; without one a token may do whatever the owner may',
  });
}

/**
 * The scope of a token that is issued for another token: the same, or one where there was none. It is never wider.
 * @throws CloudilloError `usage.scope`; `permission.denied` for a scope that differs from the given one
 */
export function narrowedScope(given: string | undefined, wanted: string | undefined): string | undefined {
  assertScope(wanted);
  if (given === undefined || wanted === undefined || given === wanted) return wanted ?? given;
  throw new CloudilloError('permission.denied', 'A token for one file gives none for anything else', {
    stage: 'permission',
  });
}
