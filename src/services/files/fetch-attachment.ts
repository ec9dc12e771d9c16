/** Fetches a file from a peer into the store. */
import { isNotFound } from '../../federation/peer/either-path.ts';
import { chooseVariant, type Descriptor, type Variant } from '../../protocol/descriptor.ts';
import { isCodeOf } from '../../protocol/error-table.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import type { FileEvent } from '../../store/model/events.ts';
import { assertStrangerMayStore, bytesLeft, isStranger } from '../peers/stranger-limits.ts';
import type { Deps } from '../runtime/deps.ts';
import { contentTypeOf } from './content-types.ts';
import { fileNameProblem } from './file-name.ts';
import { isMediaType } from './media.ts';
import { PROFILE_PICTURE } from './picture-tiers.ts';
import { storeBlob } from './store-blob.ts';
import type { FileSource, WantedFile } from './wanted-file.ts';

/** The parts that a fetch needs. */
export type FetchDeps = Pick<Deps, 'store' | 'api' | 'accessTokens' | 'settings' | 'clock' | 'disk'>;

const UNNAMED = 'file';
const PRESET = /^[A-Za-z0-9_-]{1,32}$/;

/**
 * Fetches a peer's file: the descriptor, the metadata, then the variants by their blob IDs, each verified by its hash.
 * Bytes are always transferred, even when the blob is stored already: knowing a hash does not prove access to the
 * bytes.
 * @returns the event that makes the file known; until it is stored nothing names the bytes
 * @throws CloudilloError `peer.mismatch` when content does not match its ID; `peer.*`, `network.*` …; `store.*`
 */
export async function fetchAttachment(
  deps: FetchDeps,
  { tenant, fileId, picture }: WantedFile,
  { from, owner }: FileSource,
  signal: AbortSignal,
): Promise<FileEvent> {
  const { api, store, clock } = deps;
  const { text, descriptor } = await asReader(deps, tenant, from, (bearer) =>
    api.fetchDescriptor(from, fileId, { bearer }),
  );
  const metadata = await asReader(deps, tenant, from, (bearer) => metadataOf(api, from, fileId, bearer));
  const part = picture ? shownPart(descriptor) : descriptor.variants;
  const limit = picture ? MAX_PICTURE_BYTES : deps.settings.files.maxBytes;
  const { blobIds, bytes } = await fetchVariants(deps, { tenant, fileId, owner }, part, limit, from, signal);
  for (const blobId of blobIds) {
    // The first blobs may have waited long for the others, and no file names them yet.
    if (!(await store.blobs.touch(blobId))) throw sweptAway(fileId);
  }
  return {
    kind: 'file',
    tenant,
    fileId,
    descriptor: text,
    ...described(metadata, descriptor),
    // Whatever the peer calls it.
    ...(picture && { preset: PROFILE_PICTURE }),
    owner,
    fetched: bytes,
    at: clock.wall(),
  };
}

/**
 * The most variants that are fetched: there are five classes of seven qualities. A descriptor has room for a thousand,
 * and each costs a file on disk.
 */
const MAX_VARIANTS = 64;

/** The most bytes of a profile picture that is fetched: anybody may follow. */
const MAX_PICTURE_BYTES = 256 * 1024;

/** The variant of a profile picture that is shown (specification: Pictures), else its smallest. */
function shownPart({ variants }: Descriptor): Variant[] {
  const bySize = [...variants].sort((a, b) => a.size - b.size);
  const shown = variants.find(({ name }) => name === 'vis.pf') ?? bySize[0];
  return shown ? [shown] : [];
}

/** Fetches the variants that the peer has, smallest first, up to the size limit and to what a stranger may still store today. */
async function fetchVariants(
  deps: FetchDeps,
  { tenant, fileId, owner }: Pick<WantedFile, 'tenant' | 'fileId'> & Pick<FileSource, 'owner'>,
  variants: readonly Variant[],
  limit: number,
  from: string,
  signal: AbortSignal,
): Promise<{ blobIds: Set<string>; bytes: number }> {
  const most = Math.min(limit, await mostBytes(deps, tenant, owner, variants));
  let left = most;
  let missing: unknown = tooLarge(fileId, most);
  const blobIds = new Set<string>();
  for (const variant of [...variants].sort((a, b) => a.size - b.size).slice(0, MAX_VARIANTS)) {
    if (variant.size > left || blobIds.has(variant.blobId)) continue;
    try {
      await asReader(deps, tenant, from, (bearer) => fetchVariant(deps, variant, from, { bearer, signal }));
      blobIds.add(variant.blobId);
      left -= variant.size;
    } catch (error) {
      // A descriptor may name variants that its server does not keep.
      if (!isNotFound(error)) throw error;
      missing = error;
    }
  }
  if (blobIds.size === 0) throw missing;
  return { blobIds, bytes: most - left };
}

/** @throws CloudilloError `store.low`; `rate.quota` when a stranger may not store even the smallest variant today */
async function mostBytes(
  deps: FetchDeps,
  tenant: string,
  owner: string,
  variants: readonly Variant[],
): Promise<number> {
  const { settings, store } = deps;
  const { maxBytes } = settings.files;
  if (!isStranger(store, tenant, owner)) return maxBytes;
  const strangers = { ...deps, limits: () => settings.limits };
  const smallest = Math.min(...variants.map(({ size }) => size));
  await assertStrangerMayStore(strangers, { tenant, issuer: owner, bytes: smallest <= maxBytes ? smallest : 0 });
  return Math.min(maxBytes, bytesLeft(strangers, owner));
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

/** Reads with an access token where the peer issues one; public files are readable without. */
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
    // Not every server has metadata, and the bytes are valid without.
    if (error instanceof CloudilloError && !error.retryable && isCodeOf(error.code, 'peer')) return {};
    throw error;
  }
}

/** The peer's name and type for the file, where they are valid. They are not signed. */
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
  return new CloudilloError('network.too-large', `No variant of ${fileId} has at most ${maxBytes} bytes`, {
    stage: 'response',
    hint: 'The limit is the setting files.maxBytes',
    details: { fileId, maxBytes },
  });
}

function sweptAway(fileId: string): CloudilloError {
  return new CloudilloError('store.swept', `Bytes of ${fileId} were removed before the file was complete`, {
    stage: 'store',
  });
}
