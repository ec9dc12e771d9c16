/** The owner's routes for uploads. */
import type { Static } from '@sinclair/typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { createGate } from '../../federation/limits/concurrency-gate.ts';
import { chooseVariant, parseDescriptor } from '../../protocol/descriptor.ts';
import { type AddedFile, type AddFileInput, addFile } from '../../services/files/add-file.ts';
import { imageTypeOf } from '../../services/files/image-type.ts';
import { COVER, PROFILE_PICTURE } from '../../services/files/picture-tiers.ts';
import { changeProfile } from '../../services/profiles/change-profile.ts';
import type { ServerDeps } from '../context/deps.ts';
import { badRequest } from '../http/request-error.ts';
import { discardRest, uploadBody } from '../http/upload-body.ts';
import { assertOwner } from '../plugins/caller.ts';
import { SIGNED_IN } from '../schemas/answers.ts';
import { pictureAnswerSchema, uploadAnswerSchema, uploadParamsSchema, uploadQuerySchema } from '../schemas/files.ts';

type UploadRequest = FastifyRequest<{ Params: Static<typeof uploadParamsSchema> }>;

/** How many uploads run, and how many wait. Each runs as long as it keeps up the rate. */
const UPLOADS = { running: 8, waiting: 32 };
const DEFAULT_TYPE = 'application/octet-stream';
const FORM = /^multipart\/form-data\b/i;

type UploadDeps = Pick<ServerDeps, 'store' | 'identities' | 'clock' | 'log' | 'pictures' | 'maxFileBytes'>;

/**
 * `POST /api/files/:preset/:fileName`, `PUT /api/me/image` and `PUT /api/me/cover`: the body is the file, of any type. It is never held in memory; an image
 * is, by the process that makes its variants.
 */
export function uploadRoutes(app: FastifyInstance, deps: UploadDeps): void {
  const gate = createGate(UPLOADS);

  /** Reads the body of the owner's request, and answers. What is left of the body of a refused request is discarded. */
  async function withBody<T extends FastifyRequest>(
    request: T,
    answer: (source: AsyncGenerator<Buffer>, maxBytes: number) => Promise<FastifyReply>,
  ): Promise<FastifyReply> {
    try {
      await assertOwner(deps, request);
      const maxBytes = deps.maxFileBytes();
      if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
      if (FORM.test(request.headers['content-type'] ?? '')) throw notAForm();
      return await gate.run(() => answer(uploadBody(request.raw), maxBytes));
    } finally {
      discardRest(request.raw);
    }
  }

  async function add(input: AddFileInput): Promise<AddedFile> {
    const added = await addFile(deps, input);
    if (added.variants === 'unavailable') {
      deps.log('warn', 'no variants were made of an image: the optional package sharp is not installed', {
        tenant: input.tenant,
        fileId: added.fileId,
      });
    }
    return added;
  }

  function upload(request: UploadRequest, reply: FastifyReply): Promise<FastifyReply> {
    return withBody(request, async (source, maxBytes) => {
      const { preset, fileName } = request.params;
      const contentType = request.headers['content-type'] ?? DEFAULT_TYPE;
      const file = { tenant: request.tenant.idTag, preset, fileName, contentType, maxBytes };
      const { fileId, dim, variants, descriptor } = await add({ ...file, source });
      const thumbnail = variants === 'made' ? chooseVariant(parseDescriptor(descriptor), 'vis.tn') : null;
      const shown = { ...(dim && { dim }), ...(thumbnail && { thumbnailVariantId: thumbnail.blobId }) };
      return reply.code(201).data({ fileId, ...shown });
    });
  }

  /** @param name the name by which the network's server keeps it, because the sender names none */
  function changePicture(
    field: 'profilePic' | 'coverPic',
    { preset, name }: { preset: string; name: 'profile-pic' | 'cover-pic' },
  ): (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply> {
    return (request, reply) =>
      withBody(request, async (source, maxBytes) => {
        const { idTag } = request.tenant;
        const { contentType, bytes } = await imageTypeOf(source);
        const file = { tenant: idTag, preset, fileName: `${idTag}-${name}.jpg`, contentType, maxBytes };
        const { fileId } = await add({ ...file, source: bytes });
        await changeProfile(deps, idTag, { [field]: fileId });
        // Without the envelope, as on the network.
        return reply.json({ fileId, type: name });
      });
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
    const picture = {
      summary: 'Change the profile picture',
      security: SIGNED_IN,
      consumes: ['*/*'],
      querystring: uploadQuerySchema,
      response: { 200: pictureAnswerSchema },
    };
    const config = { rateClass: 'read', longBody: true } as const;
    scope.post('/api/files/:preset/:fileName', { schema, config }, upload);
    const image = { preset: PROFILE_PICTURE, name: 'profile-pic' } as const;
    scope.put('/api/me/image', { schema: picture, config }, changePicture('profilePic', image));
    const above = { ...picture, summary: 'Change the picture above the profile' };
    const cover = { preset: COVER, name: 'cover-pic' } as const;
    scope.put('/api/me/cover', { schema: above, config }, changePicture('coverPic', cover));
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
