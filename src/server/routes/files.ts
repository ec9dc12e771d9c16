/** The routes that read files. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { readableFile } from '../../services/files/file-access.ts';
import { fileMetadata } from '../../services/files/file-metadata.ts';
import { listFiles } from '../../services/files/list-files.ts';
import { etagOf, type FileBytes, type ReadFileInput, readFile } from '../../services/files/read-file.ts';
import type { ServerDeps } from '../context/deps.ts';
import { etagMatches } from '../http/etag.ts';
import { type FileListQuery, filterOf } from '../http/file-list-query.ts';
import { assertOwner, callerOfRequest } from '../plugins/caller.ts';
import { FILE_ANSWERS, OPTIONAL, SAME_AS_PLURAL, SIGNED_IN } from '../schemas/answers.ts';
import {
  descriptorAnswerSchema,
  fileListAnswerSchema,
  fileListQuerySchema,
  fileQuerySchema,
  metadataAnswerSchema,
} from '../schemas/files.ts';

type FileRequest = FastifyRequest<{ Params: { fileId: string }; Querystring: { variant?: string } }>;
type ListRequest = FastifyRequest<{ Querystring: FileListQuery }>;
type BlobRequest = FastifyRequest<{ Params: { blobId: string } }>;

/** Types that may contain scripts, which must not run under a tenant's name. */
const ACTIVE = /^(image\/svg\+xml|text\/html)/;
/** Content is addressed by its hash and never changes. */
const FOREVER = 'max-age=31536000, immutable';

const READ = {
  summary: 'The bytes of a file, or a part of them (Range)',
  querystring: fileQuerySchema,
  response: FILE_ANSWERS,
};
const BLOB = { summary: 'The bytes of one variant', response: FILE_ANSWERS };
const DESCRIPTOR = {
  summary: 'The descriptor: what the file ID is the hash of',
  response: { 200: descriptorAnswerSchema },
};
const METADATA = { summary: 'Name, type and owner of a file', response: { 200: metadataAnswerSchema } };

/** `GET /api/files/:fileId` and `/api/file/:id` (specification: Either path), `/descriptor`, `/metadata`, `/variant/:blobId`. */
export function fileRoutes(app: FastifyInstance, deps: Pick<ServerDeps, 'store' | 'identities' | 'clock'>): void {
  async function bytes(
    request: FastifyRequest,
    reply: FastifyReply,
    which: Pick<ReadFileInput, 'fileId' | 'variant' | 'blobId'>,
  ): Promise<FastifyReply> {
    const caller = await callerOfRequest(deps, request);
    const { 'if-range': ifRange } = request.headers;
    // A range has no meaning for HEAD (RFC 9110, 14.2).
    const range = request.method === 'GET' ? request.headers.range : undefined;
    const part = { ...(range !== undefined && { range }), ...(typeof ifRange === 'string' && { ifRange }) };
    const file = await readFile(deps, { own: request.tenant.identity, caller, ...which, ...part });
    return sendFile(request, reply, file);
  }

  function file(request: FileRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { variant } = request.query;
    return bytes(request, reply, { fileId: request.params.fileId, ...(variant !== undefined && { variant }) });
  }
  async function readable(request: FileRequest) {
    const caller = await callerOfRequest(deps, request);
    return (await readableFile(deps, request.tenant.identity, caller, request.params.fileId)).file;
  }

  const list = {
    summary: 'The files here',
    security: SIGNED_IN,
    querystring: fileListQuerySchema,
    response: { 200: fileListAnswerSchema },
  };
  app.get('/api/files', { schema: list }, async (request: ListRequest, reply) => {
    await assertOwner(deps, request);
    const { files, ...cursorPagination } = listFiles(deps, request.tenant.identity, filterOf(request.query));
    return reply.data(files, { cursorPagination });
  });
  for (const [base, more] of [
    ['/api/files', { security: OPTIONAL }],
    ['/api/file', { security: OPTIONAL, description: SAME_AS_PLURAL }],
  ] as const) {
    app.get(`${base}/:fileId`, { schema: { ...READ, ...more } }, file);
    app.get(`${base}/:fileId/descriptor`, { schema: { ...DESCRIPTOR, ...more } }, async (request: FileRequest, reply) =>
      reply.data((await readable(request)).descriptor),
    );
    app.get(`${base}/:fileId/metadata`, { schema: { ...METADATA, ...more } }, async (request: FileRequest, reply) =>
      reply.data(fileMetadata(deps, request.tenant.identity, await readable(request))),
    );
    app.get(`${base}/variant/:blobId`, { schema: { ...BLOB, ...more } }, (request: BlobRequest, reply) =>
      bytes(request, reply, { blobId: request.params.blobId }),
    );
  }
}

function sendFile(request: FastifyRequest, reply: FastifyReply, file: FileBytes): FastifyReply {
  const { blobId, descriptor, contentType, isPublic, span, size, stream } = file;
  const etag = etagOf(blobId);
  reply.headers({
    'content-type': contentType,
    'accept-ranges': 'bytes',
    'cache-control': `${isPublic ? 'public' : 'private'}, ${FOREVER}`,
    etag,
    'x-cloudillo-variant': blobId,
    'x-cloudillo-variants': descriptor,
  });
  // A browser's private cache may have several readers.
  if (!isPublic) reply.header('vary', `${reply.getHeader('vary')}, authorization`);
  if (ACTIVE.test(contentType)) reply.header('content-security-policy', "script-src 'none'");
  if (etagMatches(request.headers['if-none-match'], etag)) {
    stream.destroy();
    return reply.code(304).send();
  }
  if (span) reply.code(206).header('content-range', `bytes ${span.start}-${span.end}/${size}`);
  reply.header('content-length', String(span ? span.end - span.start + 1 : size));
  // Fastify would read the whole stream for nothing.
  if (request.method === 'HEAD') stream.destroy();
  return reply.send(stream);
}
