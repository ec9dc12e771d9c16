import type { Identity } from '../../store/identity-document.ts';
import { type Caller, callerAt } from '../caller.ts';
import type { Deps } from '../deps.ts';
import { notForYou } from '../read-errors.ts';
import { type FileMetadata, fileMetadata } from './file-metadata.ts';

/** A file with what the caller may do with it. */
export interface ListedFile extends FileMetadata {
  accessLevel: 'admin';
}

/**
 * The files of this identity, newest first. For the owner.
 * @throws CloudilloError `permission.denied`
 */
export function listFiles({ store }: Pick<Deps, 'store'>, own: Identity, caller: Caller): ListedFile[] {
  if (!callerAt(caller, null).owner) throw notForYou();
  const files = store.files(own.idTag).sort((a, b) => a.at - b.at);
  return files.reverse().map((file) => ({ ...fileMetadata({ store }, own, file), accessLevel: 'admin' }));
}
