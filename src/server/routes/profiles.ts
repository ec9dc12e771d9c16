/** The owner's routes for profiles of peers. */
import type { Static } from '@sinclair/typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { setTreatment } from '../../services/peers/treatment.ts';
import { listProfiles, type ProfileFilter, readProfile } from '../../services/profiles/list-profiles.ts';
import { refreshProfile } from '../../services/profiles/refresh-profile.ts';
import type { ServerDeps } from '../context/deps.ts';
import { assertOwner, callerOfRequest } from '../plugins/caller.ts';
import { SIGNED_IN } from '../schemas/answers.ts';
import {
  knownProfileAnswerSchema,
  profileListSchema,
  profileQuerySchema,
  refreshedProfileSchema,
  treatmentPatchAnswerSchema,
  treatmentPatchSchema,
} from '../schemas/profile.ts';

type ListRequest = FastifyRequest<{ Querystring: Static<typeof profileQuerySchema> }>;
type OneRequest = FastifyRequest<{ Params: { idTag: string } }>;
type PatchRequest = FastifyRequest<{ Params: { idTag: string }; Body: Static<typeof treatmentPatchSchema> }>;

/** `GET /api/profiles`, `GET` and `PATCH /api/profiles/:idTag`, and its `refresh`, for the owner. */
export function profileRoutes(
  app: FastifyInstance,
  deps: Pick<ServerDeps, 'store' | 'identities' | 'clock' | 'locks' | 'profiles' | 'peerChanged'>,
): void {
  const list = {
    summary: 'Everybody that is known here',
    security: SIGNED_IN,
    querystring: profileQuerySchema,
    response: { 200: profileListSchema },
  };
  app.get('/api/profiles', { schema: list }, async (request: ListRequest, reply) => {
    const caller = await callerOfRequest(deps, request);
    return reply.data(listProfiles(deps, request.tenant.identity, caller, filterOf(request.query)));
  });
  const one = { summary: 'One of them', security: SIGNED_IN, response: { 200: knownProfileAnswerSchema } };
  app.get('/api/profiles/:idTag', { schema: one }, async (request: OneRequest, reply) => {
    const caller = await callerOfRequest(deps, request);
    return reply.data(readProfile(deps, request.tenant.identity, caller, request.params.idTag));
  });
  const refresh = {
    summary: 'Fetch the profile now',
    security: SIGNED_IN,
    response: { 200: refreshedProfileSchema },
  };
  app.post('/api/profiles/:idTag/refresh', { schema: refresh }, async (request: OneRequest, reply) => {
    await assertOwner(deps, request);
    return reply.data(await refreshProfile(deps, request.tenant.idTag, request.params.idTag));
  });
  const change = {
    summary: 'Block, mute, or neither',
    security: SIGNED_IN,
    body: treatmentPatchSchema,
    response: { 200: treatmentPatchAnswerSchema },
  };
  app.patch('/api/profiles/:idTag', { schema: change }, async (request: PatchRequest, reply) => {
    await assertOwner(deps, request);
    const { status } = request.body;
    const wanted = status === undefined ? {} : { blocked: status === 'B', muted: status === 'M' };
    await setTreatment(deps, { as: request.tenant.idTag, peer: request.params.idTag, ...wanted });
    return reply.data({});
  });
}

function filterOf(query: Static<typeof profileQuerySchema>): ProfileFilter {
  const { idTag, type, status, connected, following, follower, trustSet, q } = query;
  return {
    idTag,
    type,
    statuses: status?.split(','),
    connected: connected === 'R' ? 'R' : flagOf(connected),
    following: flagOf(following),
    follower: flagOf(follower),
    trusted: flagOf(trustSet),
    q,
  };
}

function flagOf(text: string | undefined): boolean | undefined {
  return text === undefined ? undefined : text === 'true';
}
