/** Fetches and verifies files of a peer (specification: Files). */
import { fileId as idOfDescriptor } from '../../protocol/content-id.ts';
import { type Descriptor, parseDescriptor, type Variant } from '../../protocol/descriptor.ts';
import { unwrap } from '../../protocol/envelope.ts';
import { CloudilloError } from '../../protocol/errors.ts';
import { isJsonObject } from '../../protocol/json-object.ts';
import { type DownloadOptions, download, downloadCap } from '../http/download.ts';
import type { PeerResponse } from '../http/peer-response.ts';
import type { Requester } from '../http/request.ts';
import { getEither, isNotFound } from './either-path.ts';
import { isTemporaryId, pathId, peerUrl } from './peer-url.ts';

/**
 * What the bytes of a file were verified against. `descriptor`: they hash to a variant of the descriptor, and the descriptor
 * hashes to the file ID. `blob`: they hash to the blob ID that was asked for. `none`: the peer gave nothing to verify them
 * against.
 */
export type Verified = 'descriptor' | 'blob' | 'none';

/** A fetched descriptor. */
export interface FetchedDescriptor {
  /** As it came. Its hash is the file ID. */
  text: string;
  descriptor: Descriptor;
  /** False only for a temporary ID, which can't be verified. */
  verified: boolean;
}

/** A fetched file. */
export interface FetchedFile {
  /** Empty when a sink received the bytes. */
  bytes: Buffer;
  size: number;
  blobId: string;
  /** The variant that was fetched; `null` without a descriptor. */
  variant: Variant | null;
  descriptor: string | null;
  contentType: string | null;
  verified: Verified;
  response: PeerResponse;
}

/** The file calls of a peer. */
export interface FileApi {
  /**
   * Fetches the bytes of a file with `GET /api/files/:id`, and `/api/file/:id` on 404. They are verified by the descriptor.
   * @param options.variant such as `vis.tn`; default: the one that the peer chooses
   * @throws CloudilloError as {@link Requester.get}, `usage.content-id`, `peer.descriptor`, `peer.mismatch`
   */
  fetchFile(
    idTag: string,
    fileId: string,
    options?: DownloadOptions & { variant?: string | undefined },
  ): Promise<FetchedFile>;
  /** Fetches a descriptor with `GET /api/files/:id/descriptor`. It throws as {@link FileApi.fetchFile}. */
  fetchDescriptor(idTag: string, fileId: string, options?: { bearer?: string | undefined }): Promise<FetchedDescriptor>;
  /** Fetches a blob with `GET /api/files/variant/:blobId`. It throws as {@link FileApi.fetchFile}. */
  fetchBlob(idTag: string, blobId: string, options?: DownloadOptions): Promise<FetchedFile>;
  /** Fetches name, content type and owner with `GET /api/files/:id/metadata`. They aren't verified. */
  fetchMetadata(
    idTag: string,
    fileId: string,
    options?: { bearer?: string | undefined },
  ): Promise<Record<string, unknown>>;
}

/** Makes the file calls (specification: Files). */
export function createFileApi(requester: Requester): FileApi {
  return {
    fetchFile: async (idTag, id, options = {}) => fetchFile(requester, idTag, pathId(id, 'f1'), options),
    fetchDescriptor: async (idTag, id, { bearer } = {}) => fetchDescriptor(requester, idTag, pathId(id, 'f1'), bearer),
    fetchBlob: async (idTag, id, options = {}) => fetchBlob(requester, idTag, pathId(id, 'b1'), options),
    fetchMetadata: async (idTag, id, { bearer } = {}) => fetchMetadata(requester, idTag, pathId(id, 'f1'), bearer),
  };
}

async function fetchFile(
  requester: Requester,
  idTag: string,
  id: string,
  options: DownloadOptions & { variant?: string | undefined },
): Promise<FetchedFile> {
  // The descriptor comes first, so that an unverifiable file is known before its bytes are sent.
  const stated = await descriptorIfAny(requester, idTag, id, options.bearer);
  const { variant } = options;
  const cap = Math.min(downloadCap(options), largest(stated?.descriptor));
  const got = await download(
    requester,
    (request) =>
      getEither(
        (path) => requester.get(peerUrl(idTag, path, { variant }), request),
        `/api/files/${id}`,
        `/api/file/${id}`,
      ),
    options,
    cap,
  );
  const descriptor = stated ?? headerDescriptor(got.response, id, idTag);
  const found = descriptor?.descriptor.variants.find(({ blobId }) => blobId === got.blobId) ?? null;
  const named = got.response.headers['x-cloudillo-variant'];
  if (descriptor ? !found : named !== undefined && named !== got.blobId) throw wrongBytes(idTag, id, got.blobId);
  const verified = descriptor?.verified ? 'descriptor' : 'none';
  return { ...got, variant: found, descriptor: descriptor?.text ?? null, verified };
}

async function fetchBlob(
  requester: Requester,
  idTag: string,
  id: string,
  options: DownloadOptions,
): Promise<FetchedFile> {
  const got = await download(
    requester,
    (request) => requester.get(peerUrl(idTag, `/api/files/variant/${id}`), request),
    options,
    downloadCap(options),
  );
  if (got.blobId !== id) throw wrongBytes(idTag, id, got.blobId);
  return { ...got, variant: null, descriptor: null, verified: 'blob' };
}

async function fetchDescriptor(
  requester: Requester,
  idTag: string,
  id: string,
  bearer: string | undefined,
): Promise<FetchedDescriptor> {
  const response = await getEither(
    (path) => requester.get(peerUrl(idTag, path), bearer === undefined ? {} : { bearer }),
    `/api/files/${id}/descriptor`,
    `/api/file/${id}/descriptor`,
  );
  const text = unwrap(response.json());
  if (typeof text !== 'string') {
    throw new CloudilloError('peer.invalid', `${idTag} did not answer with a file descriptor`, {
      stage: 'response',
      details: { idTag, fileId: id },
    });
  }
  return readDescriptor(text, id, idTag);
}

async function descriptorIfAny(
  requester: Requester,
  idTag: string,
  id: string,
  bearer: string | undefined,
): Promise<FetchedDescriptor | null> {
  try {
    return await fetchDescriptor(requester, idTag, id, bearer);
  } catch (error) {
    // Servers with the singular paths lack this path. The next request tells whether the file exists.
    if (isNotFound(error)) return null;
    throw error;
  }
}

async function fetchMetadata(
  requester: Requester,
  idTag: string,
  id: string,
  bearer: string | undefined,
): Promise<Record<string, unknown>> {
  const response = await requester.get(
    peerUrl(idTag, `/api/files/${id}/metadata`),
    bearer === undefined ? {} : { bearer },
  );
  const data = unwrap(response.json());
  if (isJsonObject(data)) return data;
  throw new CloudilloError('peer.invalid', `${idTag} did not answer with a file's metadata`, {
    stage: 'response',
    details: { idTag, fileId: id },
  });
}

function headerDescriptor(response: PeerResponse, id: string, idTag: string): FetchedDescriptor | null {
  const text = response.headers['x-cloudillo-variants'];
  return text === undefined ? null : readDescriptor(text, id, idTag);
}

function readDescriptor(text: string, id: string, idTag: string): FetchedDescriptor {
  const verified = !isTemporaryId(id);
  if (verified && idOfDescriptor(text) !== id) {
    throw new CloudilloError('peer.mismatch', `${idTag} answered the descriptor of another file than ${id}`, {
      stage: 'response',
      hint: 'A file ID is the hash of its descriptor: what that server holds under it was changed or mixed up.',
      details: { idTag, fileId: id, actual: idOfDescriptor(text) },
    });
  }
  return { text, descriptor: parseDescriptor(text), verified };
}

/** The size of the largest variant. More bytes than that can't be the file. */
function largest(descriptor: Descriptor | undefined): number {
  return descriptor?.variants.length
    ? Math.max(...descriptor.variants.map(({ size }) => size))
    : Number.POSITIVE_INFINITY;
}

function wrongBytes(idTag: string, id: string, actual: string): CloudilloError {
  return new CloudilloError('peer.mismatch', `${idTag} answered other bytes than those of ${id}`, {
    stage: 'response',
    hint: 'An ID is a hash: the bytes were changed, cut off or mixed up on that server or on the way.',
    details: { idTag, id, actual },
  });
}
