/** The owner's routes that create and decide about actions. */
import type { Static } from '@sinclair/typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { parseIso } from '../../protocol/iso-time.ts';
import { isJsonObject } from '../../protocol/json-object.ts';
import { acceptAction } from '../../services/actions/accept-action.ts';
import { type CreateDeps, createAction } from '../../services/actions/create-action.ts';
import { createdView } from '../../services/actions/created-view.ts';
import { deleteAction } from '../../services/actions/delete-action.ts';
import { dismissAction, rejectAction } from '../../services/actions/reject-action.ts';
import type { ServerDeps } from '../context/deps.ts';
import { badRequest } from '../http/request-error.ts';
import { assertOwner } from '../plugins/caller.ts';
import { actionAnswerSchema } from '../schemas/actions.ts';
import { SIGNED_IN } from '../schemas/answers.ts';
import { nothingAnswerSchema } from '../schemas/auth.ts';
import { actionParamsSchema, newActionBodySchema } from '../schemas/new-action.ts';

type NewRequest = FastifyRequest<{ Body: Static<typeof newActionBodySchema> }>;
type OneRequest = FastifyRequest<{ Params: Static<typeof actionParamsSchema> }>;

/** `POST /api/actions`, `/accept`, `/reject`, `/dismiss`, `DELETE /api/actions/:actionId`, for the owner. */
export function ownActionRoutes(app: FastifyInstance, deps: Pick<ServerDeps, 'identities'> & CreateDeps): void {
  // The check comes before the schema: a stranger doesn't learn what is wrong with its request.
  const preValidation = (request: FastifyRequest) => assertOwner(deps, request);

  const schema = {
    summary: 'Sign, store and send an action',
    security: SIGNED_IN,
    body: newActionBodySchema,
    response: { 201: actionAnswerSchema },
  };
  const create = { preValidation: [preValidation, withoutNulls], schema };
  app.post('/api/actions', create, async (request: NewRequest, reply) => {
    const { draft, publishAt, expiresAt, ...said } = request.body;
    const action = { ...said, ...(expiresAt !== undefined && { expiresAt: unixSeconds(expiresAt) }) };
    if (draft) throw badRequest('draft is not supported: what is posted is said');
    if (publishAt !== undefined) throw badRequest('publishAt is not supported: what is posted is said now');
    const { idTag, identity } = request.tenant;
    const created = await createAction(deps, idTag, action);
    return reply.code(201).data(await createdView(deps, identity, created));
  });

  const one = { security: SIGNED_IN, params: actionParamsSchema };
  const decisions = [
    ['accept', 'Accept what awaits it', acceptAction],
    ['reject', 'Reject what awaits acceptance', rejectAction],
    ['dismiss', 'A notification was seen', dismissAction],
  ] as const;
  for (const [name, summary, decide] of decisions) {
    const decision = { preValidation, schema: { ...one, summary, response: { 200: nothingAnswerSchema } } };
    app.post(`/api/actions/:actionId/${name}`, decision, async (request: OneRequest, reply) => {
      await decide(deps, request.tenant.idTag, request.params.actionId);
      return reply.data(null);
    });
  }

  const removal = {
    preValidation,
    schema: { ...one, summary: 'Delete what one said', response: { 200: nothingAnswerSchema } },
  };
  app.delete('/api/actions/:actionId', removal, async (request: OneRequest, reply) => {
    await deleteAction(deps, request.tenant.idTag, request.params.actionId);
    return reply.data(null);
  });
}

/** Removes fields that are null: some serializers write absent fields so. */
async function withoutNulls({ body }: FastifyRequest): Promise<void> {
  if (!isJsonObject(body)) return;
  for (const [name, value] of Object.entries(body)) if (value === null) delete body[name];
}

function unixSeconds(time: number | string): number {
  const seconds = typeof time === 'number' ? time : Math.floor(parseIso(time) / 1000);
  if (Number.isNaN(seconds)) throw badRequest('Request validation failed: expiresAt is no time');
  return seconds;
}
