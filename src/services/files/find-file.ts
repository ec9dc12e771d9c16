/** Finds a tenant's file and one of its variants. */
import { isContentId } from '../../protocol/content-id.ts';
import { chooseVariant, parseDescriptor, type Variant } from '../../protocol/descriptor.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { shellWord } from '../../protocol/shell-word.ts';
import type { FileRow } from '../../store/model/rows.ts';
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
  if (!variant || !isNamed(variant, wanted)) {
    const isLost = held.length === 0 || variants.some((each) => isNamed(each, wanted));
    throw isLost ? bytesGone(idTag, row, wanted) : noVariant(fileId, wanted ?? '', held);
  }
  const { blobId, name, size } = variant;
  return { ...localFile(idTag, row), blobId, variant: name, size };
}

function isNamed({ name }: Variant, wanted: string | undefined): boolean {
  return wanted === undefined || name === wanted || name.endsWith(`.${wanted}`);
}

function noVariant(fileId: string, wanted: string, held: readonly Variant[]): CloudilloError {
  return new CloudilloError('usage.variant', `${fileId} has no variant ${wanted}`, {
    stage: 'input',
    hint: `It has: ${held.map(({ name }) => name).join(', ')}`,
  });
}

/** The file is known, and its blobs are lost, or were too large to be fetched. */
function bytesGone(idTag: string, { fileId, owner }: FileRow, variant: string | undefined): CloudilloError {
  const what = variant === undefined ? `file ${fileId}` : `variant ${variant} of file ${fileId}`;
  return new CloudilloError('store.not-found', `The bytes of ${what} of ${owner ?? idTag} are not here`, {
    stage: 'store',
    hint:
      owner === undefined
        ? 'Restore blobs/ from a backup. What else is lost: cloudillo store check'
        : `Fetch it again: cloudillo fetch-file ${shellWord(owner)} ${fileId}`,
  });
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
