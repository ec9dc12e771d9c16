/** The routes of a tenant's own profile. */
import type { Static } from '@sinclair/typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { changeProfile } from '../../services/profiles/change-profile.ts';
import type { ServerDeps } from '../context/deps.ts';
import { answerTime } from '../http/answer-time.ts';
import { etagMatches } from '../http/etag.ts';
import { assertOwner } from '../plugins/caller.ts';
import { JSON_CACHE_CONTROL, sendJson } from '../plugins/replies.ts';
import { ANYBODY, NOTHING, SIGNED_IN } from '../schemas/answers.ts';
import { profileEnvelopeSchema, profilePatchAnswerSchema, profilePatchSchema } from '../schemas/profile.ts';

type PatchRequest = FastifyRequest<{ Body: Static<typeof profilePatchSchema> }>;

/**
 * `GET /api/me`: the profile, from which every other instance takes the tenant's keys. The network's clients ask other instances for
 * `GET /api/me/full`. `PATCH /api/me` is for the owner.
 */
export function meRoute(
  app: FastifyInstance,
  deps: Pick<ServerDeps, 'store' | 'identities' | 'clock' | 'server'>,
): void {
  const time = answerTime(deps.clock.wall);
  const read = {
    summary: 'The profile, with the keys that verify what the identity signs',
    security: ANYBODY,
    response: { 200: profileEnvelopeSchema, 304: NOTHING },
  };
  function profile(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const { profileJson, etag, idTag } = request.tenant;
    deps.server.profileReads.note({ tenant: idTag, address: request.clientAddress, at: deps.clock.wall() });
    reply.header('etag', etag);
    if (etagMatches(request.headers['if-none-match'], etag)) {
      return reply.header('cache-control', JSON_CACHE_CONTROL).code(304).send();
    }
    // The profile is serialised once. Only the time and the request ID differ between two answers.
    return sendJson(reply, `{"data":${profileJson},"time":"${time()}","reqId":"${request.id}"}`);
  }
  app.get('/api/me', { schema: read }, profile);
  app.get('/api/me/full', { schema: { ...read, description: 'The same as /api/me.' } }, profile);
  const change = {
    summary: 'Change the profile',
    security: SIGNED_IN,
    body: profilePatchSchema,
    response: { 200: profilePatchAnswerSchema },
  };
  app.patch('/api/me', { schema: change }, async (request: PatchRequest, reply) => {
    await assertOwner(deps, request);
    const { idTag, name, type, profilePic, x } = await changeProfile(deps, request.tenant.idTag, request.body);
    const picture = profilePic === null ? {} : { profilePic };
    return reply.data({ profile: { idTag, name, type, ...picture, ...(Object.keys(x).length > 0 && { x }) } });
  });
}
