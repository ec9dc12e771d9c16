/** The routes that read actions. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { countActions, listActionsView } from '../../services/reading/list-actions-view.ts';
import { readAction } from '../../services/reading/read-action.ts';
import type { ServerDeps } from '../context/deps.ts';
import { type ActionListQuery, listInput } from '../http/action-list-query.ts';
import { callerOfRequest } from '../plugins/caller.ts';
import { actionAnswerSchema, actionListSchema, actionQuerySchema } from '../schemas/actions.ts';
import { OPTIONAL, SAME_AS_PLURAL } from '../schemas/answers.ts';

type OneRequest = FastifyRequest<{ Params: { actionId: string } }>;
type ListRequest = FastifyRequest<{ Querystring: ActionListQuery }>;

/** `GET /api/actions`, `/api/actions/:id` and `/api/action/:id` (specification: Either path). */
export function actionRoutes(
  app: FastifyInstance,
  deps: Pick<ServerDeps, 'store' | 'identities' | 'clock' | 'log'>,
): void {
  async function one(request: OneRequest, reply: FastifyReply): Promise<FastifyReply> {
    const caller = await callerOfRequest(deps, request);
    const { actionId } = request.params;
    return reply.data(await readAction(deps, { own: request.tenant.identity, actionId, caller }));
  }
  const schema = { summary: 'One action, with its token', security: OPTIONAL, response: { 200: actionAnswerSchema } };
  app.get('/api/actions/:actionId', { schema }, one);
  app.get('/api/action/:actionId', { schema: { ...schema, description: SAME_AS_PLURAL } }, one);

  const list = {
    summary: 'Actions, newest first, of those that the caller may read; or their number',
    security: OPTIONAL,
    querystring: actionQuerySchema,
    response: { 200: actionListSchema },
  };
  app.get('/api/actions', { schema: list }, async (request: ListRequest, reply) => {
    const caller = await callerOfRequest(deps, request);
    const input = { ...listInput(request.query), own: request.tenant.identity, caller };
    if (request.query.count === 'true') {
      const cursorPagination = { nextCursor: null, hasMore: false, count: await countActions(deps, input) };
      return reply.data([], { cursorPagination });
    }
    const { views, nextCursor, hasMore } = await listActionsView(deps, input);
    return reply.data(views, { cursorPagination: { nextCursor, hasMore } });
  });
}
