import { isNotFound } from '../../federation/peer/either-path.ts';
import { chooseVariant, type Descriptor, type Variant } from '../../protocol/descriptor.ts';
import { isCodeOf } from '../../protocol/error-table.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import type { FileEvent } from '../../store/model/events.ts';
import type { Deps } from '../runtime/deps.ts';
import { contentTypeOf } from './content-types.ts';
import { fileNameProblem } from './file-name.ts';
import { isMediaType } from './media.ts';
import { storeBlob } from './store-blob.ts';
import type { WantedFile } from './wanted-file.ts';

/** What fetching needs. */
export type FetchDeps = Pick<Deps, 'store' | 'api' | 'accessTokens' | 'settings' | 'clock'>;

const UNNAMED = 'file';
const PRESET = /^[A-Za-z0-9_-]{1,32}$/;

/**
 * Fetches a file of somebody else's: descriptor, metadata, then the variants by their blob IDs, each hashed anew. Bytes always come
 * over the wire, also when we have a blob of that ID: whoever knows a hash hasn't shown that they have what it stands for.
 * @returns the event that makes it known; nothing names the bytes before that is stored
 * @throws CloudilloError `peer.mismatch` when anything isn't what its ID says; `peer.*`, `network.*` …; `store.*`
 */
export async function fetchAttachment(
  deps: FetchDeps,
  { tenant, fileId, owner }: WantedFile,
  from: string,
  signal: AbortSignal,
): Promise<FileEvent> {
  const { api, store, clock } = deps;
  const { text, descriptor } = await asReader(deps, tenant, from, (bearer) =>
    api.fetchDescriptor(from, fileId, { bearer }),
  );
  const metadata = await asReader(deps, tenant, from, (bearer) => metadataOf(api, from, fileId, bearer));
  const blobIds = await fetchVariants(deps, { tenant, fileId }, descriptor, from, signal);
  for (const blobId of blobIds) {
    // It may have lain about for long while the others came, and nothing names it yet.
    if (!(await store.blobs.touch(blobId))) throw sweptAway(fileId);
  }
  return {
    kind: 'file',
    tenant,
    fileId,
    descriptor: text,
    ...described(metadata, descriptor),
    owner,
    at: clock.wall(),
  };
}

/** Five classes of seven qualities are known. A descriptor has room for a thousand: of one byte each, they cost a file each here. */
const MAX_VARIANTS = 64;

/** The variants that the peer has, smallest first, as many as the size limit lets through. */
async function fetchVariants(
  deps: FetchDeps,
  { tenant, fileId }: Pick<WantedFile, 'tenant' | 'fileId'>,
  { variants }: Descriptor,
  from: string,
  signal: AbortSignal,
): Promise<Set<string>> {
  let left = deps.settings.files.maxBytes;
  let missing: unknown = tooLarge(fileId, left);
  const blobIds = new Set<string>();
  for (const variant of [...variants].sort((a, b) => a.size - b.size).slice(0, MAX_VARIANTS)) {
    if (variant.size > left || blobIds.has(variant.blobId)) continue;
    try {
      await asReader(deps, tenant, from, (bearer) => fetchVariant(deps, variant, from, { bearer, signal }));
      blobIds.add(variant.blobId);
      left -= variant.size;
    } catch (error) {
      // A descriptor names renditions that its server needn't keep.
      if (!isNotFound(error)) throw error;
      missing = error;
    }
  }
  if (blobIds.size === 0) throw missing;
  return blobIds;
}

function fetchVariant(
  { api, store }: FetchDeps,
  { blobId, size }: Variant,
  from: string,
  options: { bearer: string | undefined; signal: AbortSignal },
): Promise<void> {
  return storeBlob(store.blobs, { blobId, size }, async (sink) => {
    await api.fetchBlob(from, blobId, { ...options, sink, maxBytes: size });
  });
}

/** With an access token where the peer gives one; what is public can be read without. */
async function asReader<T>(
  { accessTokens }: Pick<Deps, 'accessTokens'>,
  tenant: string,
  from: string,
  call: (bearer: string | undefined) => Promise<T>,
): Promise<T> {
  try {
    await accessTokens.get(tenant, from);
  } catch (error) {
    if (!(error instanceof CloudilloError) || error.code !== 'peer.refused' || error.retryable) throw error;
    return call(undefined);
  }
  return accessTokens.with(tenant, from, call);
}

async function metadataOf(
  api: Deps['api'],
  from: string,
  fileId: string,
  bearer: string | undefined,
): Promise<Record<string, unknown>> {
  try {
    return await api.fetchMetadata(from, fileId, { bearer });
  } catch (error) {
    // Not every server has it, and the bytes are good without a name.
    if (error instanceof CloudilloError && !error.retryable && isCodeOf(error.code, 'peer')) return {};
    throw error;
  }
}

/** What the peer calls it, where that can be shown; nothing of it is signed. */
function described(
  { fileName, contentType, preset }: Record<string, unknown>,
  descriptor: Descriptor,
): Pick<FileEvent, 'fileName' | 'contentType' | 'preset'> {
  const best = chooseVariant(descriptor);
  return {
    fileName: typeof fileName === 'string' && fileNameProblem(fileName) === null ? fileName : UNNAMED,
    contentType:
      typeof contentType === 'string' && isMediaType(contentType) ? contentType : contentTypeOf(best?.format ?? 'bin'),
    ...(typeof preset === 'string' && PRESET.test(preset) && { preset }),
  };
}

function tooLarge(fileId: string, maxBytes: number): CloudilloError {
  return new CloudilloError('network.too-large', `No variant of ${fileId} is small enough: ${maxBytes} bytes at most`, {
    stage: 'response',
    hint: 'The limit is the setting files.maxBytes',
    details: { fileId, maxBytes },
  });
}

function sweptAway(fileId: string): CloudilloError {
  return new CloudilloError('store.swept', `Bytes of ${fileId} were swept away before all of them had come`, {
    stage: 'store',
  });
}
