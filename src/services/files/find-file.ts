import { isContentId } from '../../protocol/content-id.ts';
import { chooseVariant, parseDescriptor, type Variant } from '../../protocol/descriptor.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import type { Deps } from '../runtime/deps.ts';
import { ownIdentity } from '../runtime/own-identity.ts';
import { type LocalFile, localFile } from './local-file.ts';

/** Which file of a hosted identity. */
export interface FindFileInput {
  as?: string | undefined;
  fileId: string;
  /** `vis.tn`, or a bare quality. Default: the original, else the best that is here. */
  variant?: string | undefined;
}

/** A file, and which of its blobs is meant. */
export interface FoundFile extends LocalFile {
  blobId: string;
  variant: string;
  size: number;
}

/**
 * Finds a file in the store; the bytes are read from the home by whoever asked.
 * @throws CloudilloError `usage.content-id`, `usage.variant`, `home.identity-missing`, `store.not-found`
 */
export async function findFile(
  { store, identities }: Pick<Deps, 'store' | 'identities'>,
  { as, fileId, variant: wanted }: FindFileInput,
): Promise<FoundFile> {
  if (!isContentId(fileId, 'f1')) {
    throw new CloudilloError('usage.content-id', `${JSON.stringify(fileId)} is not the ID of a file`, {
      stage: 'input',
      hint: 'It is f1~ and 43 characters, all of them; see: cloudillo file list',
    });
  }
  const { idTag } = await ownIdentity(identities, as);
  const row = store.file(idTag, fileId);
  if (!row) throw notFound(`${idTag} has no file ${fileId}`, store.fetch(idTag, fileId)?.from ?? null);
  const { variants, ...descriptor } = parseDescriptor(row.descriptor);
  const held: Variant[] = [];
  for (const each of variants) if (await store.blobs.has(each.blobId)) held.push(each);
  const variant = chooseVariant({ ...descriptor, variants: held }, wanted);
  if (!variant || (wanted !== undefined && variant.name !== wanted && !variant.name.endsWith(`.${wanted}`))) {
    throw new CloudilloError('usage.variant', `${fileId} has no variant ${wanted ?? ''} here`, {
      stage: 'input',
      hint: held.length > 0 ? `It has: ${held.map(({ name }) => name).join(', ')}` : 'None of its bytes are here',
    });
  }
  const { blobId, name, size } = variant;
  return { ...localFile(idTag, row), blobId, variant: name, size };
}

function notFound(message: string, from: string | null): CloudilloError {
  return new CloudilloError('store.not-found', message, {
    stage: 'store',
    hint:
      from === null
        ? 'See: cloudillo file list; to fetch one from another instance: cloudillo fetch-file'
        : `It was asked of ${from} and hasn’t come; see: cloudillo file list --missing`,
  });
}
