/** The owner's route for uploads. */
import type { Static } from '@sinclair/typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createGate } from '../../federation/limits/concurrency-gate.ts';
import { addFile } from '../../services/files/add-file.ts';
import type { ServerDeps } from '../context/deps.ts';
import { badRequest } from '../http/request-error.ts';
import { discardRest, uploadBody } from '../http/upload-body.ts';
import { assertOwner } from '../plugins/caller.ts';
import { SIGNED_IN } from '../schemas/answers.ts';
import { uploadAnswerSchema, uploadParamsSchema, uploadQuerySchema } from '../schemas/files.ts';

type UploadRequest = FastifyRequest<{ Params: Static<typeof uploadParamsSchema> }>;

/** How many uploads run, and how many wait. Each runs as long as it keeps up the rate. */
const UPLOADS = { running: 8, waiting: 32 };
const DEFAULT_TYPE = 'application/octet-stream';
const FORM = /^multipart\/form-data\b/i;

/** `POST /api/files/:preset/:fileName`: the body is the file, of any type. It is never held in memory. */
export function uploadRoute(
  app: FastifyInstance,
  deps: Pick<ServerDeps, 'store' | 'identities' | 'clock' | 'maxFileBytes'>,
): void {
  const gate = createGate(UPLOADS);

  async function upload(request: UploadRequest, reply: FastifyReply): Promise<FastifyReply> {
    try {
      await assertOwner(deps, request);
      const maxBytes = deps.maxFileBytes();
      if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
      const { preset, fileName } = request.params;
      const contentType = request.headers['content-type'] ?? DEFAULT_TYPE;
      if (FORM.test(contentType)) throw notAForm();
      const file = { tenant: request.tenant.idTag, preset, fileName, contentType, maxBytes };
      const { fileId, dim } = await gate.run(() => addFile(deps, { ...file, source: uploadBody(request.raw) }));
      return reply.code(201).data({ fileId, ...(dim && { dim }) });
    } finally {
      discardRest(request.raw);
    }
  }

  // A scope of its own: other routes refuse a body that isn't JSON, and parse JSON.
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
    const schema = {
      summary: 'Upload a file',
      security: SIGNED_IN,
      consumes: ['*/*'],
      params: uploadParamsSchema,
      querystring: uploadQuerySchema,
      response: { 201: uploadAnswerSchema },
    };
    const config = { rateClass: 'read', longBody: true } as const;
    scope.post('/api/files/:preset/:fileName', { schema, config }, upload);
  });
}

/** The refusal of a form. Its sender means the file in it, but the boundaries would be stored with the file. */
function notAForm(): Error {
  return badRequest(
    'The body has to be the file itself, not a form with it (curl: --data-binary @FILE)',
    'request.media-type',
  );
}

function tooLarge(maxBytes: number): Error {
  return badRequest(`The file is larger than ${maxBytes} bytes`, 'request.too-large');
}
