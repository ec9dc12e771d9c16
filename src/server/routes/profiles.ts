import type { FastifyInstance, FastifyRequest } from 'fastify';
import { listProfiles, readProfile } from '../../services/list-profiles.ts';
import type { ServerDeps } from '../deps.ts';
import { callerOfRequest } from '../plugins/caller.ts';

/** `GET /api/profiles` and `/api/profiles/:idTag`, for the owner. */
export function profileRoutes(app: FastifyInstance, deps: Pick<ServerDeps, 'store' | 'identities' | 'clock'>): void {
  app.get('/api/profiles', async (request, reply) => {
    const caller = await callerOfRequest(deps, request);
    return reply.data(listProfiles(deps, request.tenant.identity, caller));
  });
  app.get('/api/profiles/:idTag', async (request: FastifyRequest<{ Params: { idTag: string } }>, reply) => {
    const caller = await callerOfRequest(deps, request);
    return reply.data(readProfile(deps, request.tenant.identity, caller, request.params.idTag));
  });
}
