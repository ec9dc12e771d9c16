/** The owner's routes for API keys. */
import type { Static } from '@sinclair/typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { createApiKey, deleteApiKey, listApiKeys, readApiKey, updateApiKey } from '../../services/auth/api-keys.ts';
import type { ServerDeps } from '../context/deps.ts';
import { assertOwner } from '../plugins/caller.ts';
import { SIGNED_IN } from '../schemas/answers.ts';
import {
  apiKeyAnswerSchema,
  apiKeyListSchema,
  apiKeyParamsSchema,
  apiKeyPatchSchema,
  newApiKeyAnswerSchema,
  newApiKeySchema,
} from '../schemas/api-keys.ts';
import { nothingAnswerSchema } from '../schemas/auth.ts';

type NewRequest = FastifyRequest<{ Body: Static<typeof newApiKeySchema> }>;
interface OneKey {
  Params: Static<typeof apiKeyParamsSchema>;
}
type PatchRequest = FastifyRequest<OneKey & { Body: Static<typeof apiKeyPatchSchema> }>;

/** `GET|POST /api/auth/api-keys`, `GET|PATCH|DELETE /api/auth/api-keys/:keyId`, for the owner. */
export function apiKeyRoutes(app: FastifyInstance, deps: Pick<ServerDeps, 'identities' | 'clock'>): void {
  const keyIdOf = (request: FastifyRequest<OneKey>) => Number(request.params.keyId);

  const list = {
    summary: 'The API keys, without their secrets',
    security: SIGNED_IN,
    response: { 200: apiKeyListSchema },
  };
  app.get('/api/auth/api-keys', { schema: list }, async (request, reply) => {
    await assertOwner(deps, request);
    return reply.data((await listApiKeys(deps, { as: request.tenant.idTag })).apiKeys);
  });

  const create = {
    summary: 'Make an API key; its text is told this once',
    security: SIGNED_IN,
    body: newApiKeySchema,
    response: { 201: newApiKeyAnswerSchema },
  };
  app.post('/api/auth/api-keys', { schema: create }, async (request: NewRequest, reply) => {
    await assertOwner(deps, request);
    const { name, scopes, expiresAt } = request.body;
    const fields = { name: name ?? undefined, scopes: scopes ?? undefined, expiresAt: expiresAt ?? undefined };
    const { idTag: _, ...created } = await createApiKey(deps, { as: request.tenant.idTag, ...fields });
    return reply.code(201).data(created);
  });

  const one = { security: SIGNED_IN, params: apiKeyParamsSchema };
  const read = { ...one, summary: 'One API key', response: { 200: apiKeyAnswerSchema } };
  app.get('/api/auth/api-keys/:keyId', { schema: read }, async (request: FastifyRequest<OneKey>, reply) => {
    await assertOwner(deps, request);
    return reply.data(await readApiKey(deps, request.tenant.idTag, keyIdOf(request)));
  });

  const answer = { 200: apiKeyAnswerSchema };
  const patch = { schema: { ...one, summary: 'Change an API key', body: apiKeyPatchSchema, response: answer } };
  app.patch('/api/auth/api-keys/:keyId', patch, async (request: PatchRequest, reply) => {
    await assertOwner(deps, request);
    const tenant = request.tenant.idTag;
    return reply.data(await updateApiKey(deps, { tenant, keyId: keyIdOf(request), ...request.body }));
  });

  const revoke = { ...one, summary: 'Revoke an API key', response: { 200: nothingAnswerSchema } };
  app.delete('/api/auth/api-keys/:keyId', { schema: revoke }, async (request: FastifyRequest<OneKey>, reply) => {
    await assertOwner(deps, request);
    await deleteApiKey(deps, request.tenant.idTag, keyIdOf(request));
    return reply.data(null);
  });
}
