/** Finds a tenant's file and one of its variants. */
import { isContentId } from '../../protocol/content-id.ts';
import { chooseVariant, parseDescriptor, type Variant } from '../../protocol/descriptor.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { actingTenant } from '../runtime/acting-tenant.ts';
import type { Deps } from '../runtime/deps.ts';
import { type LocalFile, localFile } from './local-file.ts';

/** Selects a file of a tenant. */
export interface FindFileInput {
  as?: string | undefined;
  fileId: string;
  /** A variant (`vis.tn`) or a quality (`tn`). Default: the original, else the best stored one. */
  variant?: string | undefined;
}

/** A file and the selected blob. */
export interface FoundFile extends LocalFile {
  blobId: string;
  variant: string;
  size: number;
}

/**
 * Finds a file in the store. The caller reads the bytes from the home.
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
  const { idTag } = await actingTenant(identities, as);
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
        : `${from} was asked for it and has not sent it; see: cloudillo file list --missing`,
  });
}
