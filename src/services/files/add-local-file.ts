import { type FileHandle, open } from 'node:fs/promises';
import { CloudilloError } from '../../protocol/errors.ts';
import type { Deps } from '../deps.ts';
import { ownIdentity } from '../own-identity.ts';
import { type AddedFile, addFile } from './add-file.ts';

/** A file of this machine to keep. */
export interface AddLocalFileInput {
  as?: string | undefined;
  /** Absolute: the process that owns the home may have another working directory. */
  path: string;
  fileName: string;
  contentType: string;
}

export interface AddedLocalFile extends AddedFile {
  idTag: string;
  fileName: string;
  contentType: string;
}

const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(; ?[\w-]+=[\w!#$&^.+-]+)*$/;
/** Of the name and of the media type, which go into headers and views; action-types.json, FSHR. */
const MAX_TEXT = 255;

/**
 * Keeps a file of this machine for a hosted identity.
 * @throws CloudilloError `usage.file` when it can't be read, `usage.content-type`, `home.identity-missing`, `store.*`
 */
export async function addLocalFile(
  deps: Pick<Deps, 'store' | 'identities' | 'clock'>,
  { as, path, fileName, contentType }: AddLocalFileInput,
): Promise<AddedLocalFile> {
  if (!MEDIA_TYPE.test(contentType) || contentType.length > MAX_TEXT) {
    throw new CloudilloError('usage.content-type', `${JSON.stringify(contentType)} is not a media type`, {
      stage: 'input',
      hint: 'Write it like text/plain or image/png',
    });
  }
  const { idTag } = await ownIdentity(deps.identities, as);
  const handle = await openFile(path);
  try {
    const source = handle.createReadStream({ autoClose: false });
    const added = await addFile(deps, { tenant: idTag, fileName: fileName.slice(0, MAX_TEXT), contentType, source });
    return { idTag, fileName: fileName.slice(0, MAX_TEXT), contentType, ...added };
  } finally {
    await handle.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  let cause: unknown = new Error('it is not a regular file');
  try {
    const handle = await open(path, 'r');
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
  } catch (error) {
    cause = error;
  }
  throw new CloudilloError('usage.file', `${path} can't be read`, {
    stage: 'input',
    hint: 'Name a file that this user may read',
    cause,
  });
}
