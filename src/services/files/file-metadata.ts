/** The metadata of a file in answers. */
import { chooseVariant, parseDescriptor } from '../../protocol/descriptor.ts';
import { wireTime } from '../../protocol/envelope.ts';
import type { Identity } from '../../store/identities/identity-document.ts';
import type { FileRow } from '../../store/model/rows.ts';
import { identityView } from '../peers/identity-view.ts';
import type { Deps } from '../runtime/deps.ts';
import { PROFILE_PICTURE } from './picture-tiers.ts';

/** The metadata of a file. */
export interface FileMetadata {
  fileId: string;
  owner: FileParty;
  creator: FileParty;
  preset: string;
  contentType: string;
  fileName: string;
  fileTp: 'BLOB';
  /** ISO 8601, seconds. */
  createdAt: string;
  status: 'A';
  hidden: false;
  /** Present for a profile picture: the network keeps those in a folder that no list shows. */
  parentId?: '__managed__';
  tags?: ['profile'];
  visibility?: 'P';
  /** Pixels, for images. */
  x?: { dim: [number, number] };
}

/** Here the network writes an empty picture; views of actions omit it. */
interface FileParty {
  idTag: string;
  name: string;
  type: 'person' | 'community';
  profilePic: string;
}

/** The metadata of a stored file. Other instances don't show who created it. */
export function fileMetadata({ store }: Pick<Deps, 'store'>, own: Identity, file: FileRow): FileMetadata {
  const party = { profilePic: '', ...identityView(store, own, file.owner ?? own.idTag) };
  const descriptor = parseDescriptor(file.descriptor);
  const best = chooseVariant(descriptor);
  const isMedia = best !== null && best.width > 0;
  return {
    fileId: file.fileId,
    owner: party,
    creator: party,
    preset: file.preset ?? (isMedia ? 'default' : 'file'),
    contentType: file.contentType,
    fileName: file.fileName,
    fileTp: 'BLOB',
    createdAt: wireTime(new Date(file.at)),
    status: 'A',
    hidden: false,
    ...(isManaged(file) && { parentId: '__managed__', tags: ['profile'] }),
    ...(isManaged(file) && isShown(store, own, file) && { visibility: 'P' }),
    ...(isMedia && { x: { dim: [best.width, best.height] as [number, number] } }),
  };
}

/** Whether the file is a profile picture. */
export function isManaged({ preset }: FileRow): boolean {
  return preset === PROFILE_PICTURE;
}

/** Whether the file is the present profile picture of its owner, or the tenant's picture above it. Then anybody may read it. */
export function isShown(
  store: Pick<Deps['store'], 'peer'>,
  own: Pick<Identity, 'idTag' | 'profilePic' | 'coverPic'>,
  { fileId, owner = own.idTag }: FileRow,
): boolean {
  if (owner === own.idTag) return own.profilePic === fileId || own.coverPic === fileId;
  return store.peer(own.idTag, owner)?.profilePic === fileId;
}
