import { addLocalFile, openLocalFile } from '../files/add-local-file.ts';
import { contentTypeOfName } from '../files/content-types.ts';
import type { Deps } from '../runtime/deps.ts';
import { ownIdentity } from '../runtime/own-identity.ts';
import { assertImage, type ChangedProfile, changeProfile, type ProfileChange } from './change-profile.ts';

/** What is to change, as a command says it. */
export interface SetProfileInput extends Pick<ProfileChange, 'name' | 'type'> {
  as?: string | undefined;
  /** A file of this machine (its path absolute), the ID of one that is kept already, or `null`: none. */
  picture?: { path: string; fileName: string } | { fileId: string } | null | undefined;
}

/**
 * Changes an own profile; a picture of this machine is added to the identity's files first.
 * @throws CloudilloError as {@link changeProfile}; `usage.file`, `store.blob-size`
 */
export async function setProfile(
  deps: Pick<Deps, 'settings' | 'store' | 'identities' | 'clock'>,
  { as, name, type, picture }: SetProfileInput,
): Promise<ChangedProfile> {
  const { idTag } = await ownIdentity(deps.identities, as);
  const profilePic = picture === undefined ? undefined : await fileOf(deps, idTag, picture);
  return changeProfile(deps, idTag, { name, type, profilePic });
}

async function fileOf(
  deps: Pick<Deps, 'settings' | 'store' | 'identities' | 'clock'>,
  idTag: string,
  picture: NonNullable<SetProfileInput['picture']> | null,
): Promise<string | null> {
  if (picture === null) return null;
  if ('fileId' in picture) return picture.fileId;
  // What isn't there is no picture either, but that is not what is wrong with it.
  await (await openLocalFile(picture.path)).close();
  assertImage(contentTypeOfName(picture.fileName), picture.path);
  return (await addLocalFile(deps, { as: idTag, ...picture })).fileId;
}
