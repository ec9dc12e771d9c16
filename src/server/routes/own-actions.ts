import type { Static } from '@sinclair/typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { acceptAction } from '../../services/actions/accept-action.ts';
import { type CreateDeps, createAction } from '../../services/actions/create-action.ts';
import { createdView } from '../../services/actions/created-view.ts';
import { deleteAction } from '../../services/actions/delete-action.ts';
import { dismissAction, rejectAction } from '../../services/actions/reject-action.ts';
import type { ServerDeps } from '../deps.ts';
import { assertOwner } from '../plugins/caller.ts';
import { badRequest } from '../request-error.ts';
import { actionParamsSchema, newActionBodySchema } from '../schemas/new-action.ts';

type NewRequest = FastifyRequest<{ Body: Static<typeof newActionBodySchema> }>;
type OneRequest = FastifyRequest<{ Params: Static<typeof actionParamsSchema> }>;

/** What the owner does: `POST /api/actions`, `/accept`, `/reject`, `/dismiss`, `DELETE /api/actions/:actionId`. */
export function ownActionRoutes(app: FastifyInstance, deps: Pick<ServerDeps, 'identities'> & CreateDeps): void {
  // Before the schema: what is wrong with a stranger's request is none of the stranger's business.
  const preValidation = (request: FastifyRequest) => assertOwner(deps, request);

  const create = { preValidation, schema: { body: newActionBodySchema } };
  app.post('/api/actions', create, async (request: NewRequest, reply) => {
    const { draft, publishAt, ...action } = request.body;
    if (draft) throw badRequest('draft is not supported: what is posted is said');
    if (publishAt !== undefined) throw badRequest('publishAt is not supported: what is posted is said now');
    const { idTag, identity } = request.tenant;
    const created = await createAction(deps, idTag, action);
    return reply.code(201).data(await createdView(deps, identity, created));
  });

  const one = { preValidation, schema: { params: actionParamsSchema } };
  const decisions = { accept: acceptAction, reject: rejectAction, dismiss: dismissAction };
  for (const [name, decide] of Object.entries(decisions)) {
    app.post(`/api/actions/:actionId/${name}`, one, async (request: OneRequest, reply) => {
      await decide(deps, request.tenant.idTag, request.params.actionId);
      return reply.data(null);
    });
  }

  app.delete('/api/actions/:actionId', one, async (request: OneRequest, reply) => {
    await deleteAction(deps, request.tenant.idTag, request.params.actionId);
    return reply.code(204).send();
  });
}
