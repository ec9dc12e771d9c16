/** Changes a tenant's profile for a command. */
import type { AddFileDeps } from '../files/add-file.ts';
import { addLocalFile, openLocalFile } from '../files/add-local-file.ts';
import { contentTypeOfName } from '../files/content-types.ts';
import { PROFILE_PICTURE } from '../files/picture-tiers.ts';
import { actingTenant } from '../runtime/acting-tenant.ts';
import type { Deps } from '../runtime/deps.ts';
import { assertImage, type ChangedProfile, changeProfile, type ProfileChange } from './change-profile.ts';

/** Changes of a profile, as a command names them. */
export interface SetProfileInput extends Pick<ProfileChange, 'name' | 'type'> {
  as?: string | undefined;
  /** A local file (absolute path), the ID of a stored file, or `null` for no picture. */
  picture?: { path: string; fileName: string } | { fileId: string } | null | undefined;
}

/**
 * Changes a tenant's profile. A local picture is added to the tenant's files first.
 * @throws CloudilloError as {@link changeProfile}; `usage.file`, `store.blob-size`
 */
export async function setProfile(
  deps: AddFileDeps & Pick<Deps, 'settings' | 'identities'>,
  { as, name, type, picture }: SetProfileInput,
): Promise<ChangedProfile> {
  const { idTag } = await actingTenant(deps.identities, as);
  const profilePic = picture === undefined ? undefined : await fileOf(deps, idTag, picture);
  return changeProfile(deps, idTag, { name, type, profilePic });
}

async function fileOf(
  deps: AddFileDeps & Pick<Deps, 'settings' | 'identities'>,
  idTag: string,
  picture: NonNullable<SetProfileInput['picture']> | null,
): Promise<string | null> {
  if (picture === null) return null;
  if ('fileId' in picture) return picture.fileId;
  // A missing file is reported as such, not as a wrong picture type.
  await (await openLocalFile(picture.path)).close();
  assertImage(contentTypeOfName(picture.fileName), picture.path);
  return (await addLocalFile(deps, { as: idTag, ...picture, preset: PROFILE_PICTURE })).fileId;
}
