/** Changes the profile of a tenant. */
import { isContentId } from '../../protocol/content-id.ts';
import { parseDescriptor } from '../../protocol/descriptor.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { isWellFormedJson } from '../../protocol/well-formed.ts';
import type { Identity } from '../../store/identities/identity-document.ts';
import type { FileRow } from '../../store/model/rows.ts';
import type { Deps } from '../runtime/deps.ts';
import { displayName } from './display-name.ts';

/** Changes of a tenant's profile. Fields that are absent stay as they are. */
export interface ProfileChange {
  name?: string | undefined;
  type?: Identity['type'] | undefined;
  /** The ID of a stored picture; `null` removes it. */
  profilePic?: string | null | undefined;
  /** The same for the picture above the profile. */
  coverPic?: string | null | undefined;
  /** Texts that clients keep with the profile, by name; `null` removes one. */
  x?: Readonly<Record<string, string | null>> | undefined;
}

/** The profile after the change. */
export interface ChangedProfile {
  idTag: string;
  name: string;
  type: Identity['type'];
  profilePic: string | null;
  /** Other servers show the picture: it has the variant that they look for. null: there is none. */
  pictureShown: boolean | null;
  x: Record<string, string>;
  /** False when nothing changed. */
  changed: boolean;
}

/** The limits of the network's server. Lengths in bytes. */
const MAX_FIELDS = 32;
const MAX_FIELD_NAME = 256;
const MAX_FIELD = 4096;

/** The variant that servers show of a profile picture (specification: Pictures). */
const SHOWN_VARIANT = 'vis.pf';

/**
 * Changes a tenant's profile. Peers see the change when they fetch the profile next.
 * @throws CloudilloError `usage.name`, `usage.picture`, `usage.profile-field`, `home.identity-missing`, `store.*`
 */
export async function changeProfile(
  { store, identities }: Pick<Deps, 'store' | 'identities'>,
  idTag: string,
  { name, type, profilePic, coverPic, x }: ProfileChange,
): Promise<ChangedProfile> {
  const change = {
    ...(name !== undefined && { name: displayName(name) }),
    ...(type !== undefined && { type }),
  };
  for (const picture of [profilePic, coverPic]) {
    if (picture) assertImage(heldFile(store, idTag, picture).contentType, picture);
  }
  let before = '';
  const identity = await identities.update(idTag, (draft) => {
    before = told(draft);
    const { profilePic: oldPicture, coverPic: oldCover, x: oldFields, ...rest } = draft;
    const picture = profilePic === undefined ? oldPicture : (profilePic ?? undefined);
    const cover = coverPic === undefined ? oldCover : (coverPic ?? undefined);
    const fields = mergedFields(oldFields ?? {}, x ?? {});
    return {
      ...rest,
      ...change,
      ...(picture !== undefined && { profilePic: picture }),
      ...(cover !== undefined && { coverPic: cover }),
      ...(Object.keys(fields).length > 0 && { x: fields }),
    };
  });
  return {
    idTag,
    name: identity.name,
    type: identity.type,
    profilePic: identity.profilePic ?? null,
    pictureShown: identity.profilePic === undefined ? null : hasProfileVariant(store.file(idTag, identity.profilePic)),
    x: identity.x ?? {},
    changed: told(identity) !== before,
  };
}

function told({ name, type, profilePic, coverPic, x = {} }: Identity): string {
  return JSON.stringify([name, type, profilePic, coverPic, Object.entries(x).sort()]);
}

function heldFile(store: Deps['store'], idTag: string, fileId: string): FileRow {
  const file = isContentId(fileId, 'f1') ? store.file(idTag, fileId) : null;
  if (file) return file;
  throw new CloudilloError('usage.picture', `${idTag} has no stored file ${fileId}`, {
    stage: 'input',
    hint: 'Give the path of a picture, or the ID of a file that was added',
  });
}

function hasProfileVariant(file: FileRow | null): boolean {
  return file !== null && parseDescriptor(file.descriptor).variants.some(({ name }) => name === SHOWN_VARIANT);
}

/** Refuses a picture of another media type. @throws CloudilloError `usage.picture` */
export function assertImage(contentType: string, what: string): void {
  if (contentType.startsWith('image/')) return;
  throw new CloudilloError('usage.picture', `${what} is no picture: ${contentType}`, {
    stage: 'input',
    hint: 'A picture is a JPEG, PNG, WebP, GIF, AVIF or SVG file',
  });
}

function mergedFields(
  before: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string | null>>,
): Record<string, string> {
  const fields = new Map<string, string>(Object.entries(before));
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) fields.delete(name);
    else fields.set(name, value);
  }
  const sizes = [...fields].map(([name, value]) => [Buffer.byteLength(name), Buffer.byteLength(value)] as const);
  if (!isWellFormedJson(changes)) {
    throw new CloudilloError('usage.profile-field', 'A field has half a character: an unpaired surrogate', {
      stage: 'input',
    });
  }
  if (fields.size <= MAX_FIELDS && sizes.every(([name, value]) => name <= MAX_FIELD_NAME && value <= MAX_FIELD)) {
    return Object.fromEntries(fields);
  }
  throw new CloudilloError(
    'usage.profile-field',
    `A profile keeps ${MAX_FIELDS} fields of ${MAX_FIELD} bytes, with names of ${MAX_FIELD_NAME}`,
    { stage: 'input' },
  );
}
