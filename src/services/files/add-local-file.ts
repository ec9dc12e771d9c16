/** Stores files of this machine for a tenant. */
import { type FileHandle, open } from 'node:fs/promises';
import { CloudilloError } from '../../protocol/errors.ts';
import { whyUnreadable } from '../../store/disk/disk-errors.ts';
import { actingTenant } from '../runtime/acting-tenant.ts';
import type { Deps } from '../runtime/deps.ts';
import { type AddedFile, type AddFileDeps, addFile } from './add-file.ts';
import { contentTypeOfName } from './content-types.ts';
import { knownMedia } from './media.ts';

/** A local file to store. */
export interface AddLocalFileInput {
  as?: string | undefined;
  /** The absolute path: the process that owns the home may have another working directory. */
  path: string;
  fileName: string;
  /** Default: by the file's extension, else `application/octet-stream`. */
  contentType?: string | undefined;
  /** Default: `default` for images, `file` for everything else. */
  preset?: string | undefined;
}

/** The stored file. */
export interface AddedLocalFile extends AddedFile {
  idTag: string;
  fileName: string;
  contentType: string;
  preset: string;
}

/**
 * Stores a local file for a tenant.
 * @throws CloudilloError `usage.file` when it can't be read, `home.identity-missing`, and what {@link addFile} throws
 */
export async function addLocalFile(
  deps: AddFileDeps & Pick<Deps, 'identities' | 'settings'>,
  { as, path, fileName, contentType = contentTypeOfName(fileName), preset = presetFor(contentType) }: AddLocalFileInput,
): Promise<AddedLocalFile> {
  const { idTag } = await actingTenant(deps.identities, as);
  const handle = await openLocalFile(path);
  try {
    const file = { tenant: idTag, fileName, contentType, preset, maxBytes: deps.settings.files.maxBytes };
    const added = await addFile(deps, { ...file, source: handle.createReadStream({ autoClose: false }) });
    return { idTag, fileName, contentType, preset, ...added };
  } finally {
    await handle.close();
  }
}

/** Images get the preset that reads their size. */
function presetFor(contentType: string): string {
  return knownMedia(contentType).mediaClass === 'vis' ? 'default' : 'file';
}

/** Opens a regular file for reading. @throws CloudilloError `usage.file` */
export async function openLocalFile(path: string): Promise<FileHandle> {
  let cause: unknown = new Error('it is not a regular file');
  try {
    const handle = await open(path, 'r');
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
  } catch (error) {
    cause = error;
  }
  throw new CloudilloError('usage.file', `${path} can't be read: ${whyUnreadable(cause)}`, {
    stage: 'input',
    hint: 'Name a file that this user may read',
  });
}
