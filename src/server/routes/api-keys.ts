import type { Static } from '@sinclair/typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { createApiKey, deleteApiKey, listApiKeys, readApiKey, updateApiKey } from '../../services/auth/api-keys.ts';
import type { ServerDeps } from '../context/deps.ts';
import { assertOwner } from '../plugins/caller.ts';
import { apiKeyParamsSchema, apiKeyPatchSchema, newApiKeySchema } from '../schemas/api-keys.ts';

type NewRequest = FastifyRequest<{ Body: Static<typeof newApiKeySchema> }>;
interface OneKey {
  Params: Static<typeof apiKeyParamsSchema>;
}
type PatchRequest = FastifyRequest<OneKey & { Body: Static<typeof apiKeyPatchSchema> }>;

/** `GET|POST /api/auth/api-keys`, `GET|PATCH|DELETE /api/auth/api-keys/:keyId`, for the owner. */
export function apiKeyRoutes(app: FastifyInstance, deps: Pick<ServerDeps, 'identities' | 'clock'>): void {
  const one = { schema: { params: apiKeyParamsSchema } };
  const keyIdOf = (request: FastifyRequest<OneKey>) => Number(request.params.keyId);

  app.get('/api/auth/api-keys', async (request, reply) => {
    await assertOwner(deps, request);
    return reply.data((await listApiKeys(deps, { as: request.tenant.idTag })).apiKeys);
  });

  app.post('/api/auth/api-keys', { schema: { body: newApiKeySchema } }, async (request: NewRequest, reply) => {
    await assertOwner(deps, request);
    const { name, scopes, expiresAt } = request.body;
    const fields = { name: name ?? undefined, scopes: scopes ?? undefined, expiresAt: expiresAt ?? undefined };
    const { idTag: _, ...created } = await createApiKey(deps, { as: request.tenant.idTag, ...fields });
    return reply.code(201).data(created);
  });

  app.get('/api/auth/api-keys/:keyId', one, async (request: FastifyRequest<OneKey>, reply) => {
    await assertOwner(deps, request);
    return reply.data(await readApiKey(deps, request.tenant.idTag, keyIdOf(request)));
  });

  const patch = { schema: { ...one.schema, body: apiKeyPatchSchema } };
  app.patch('/api/auth/api-keys/:keyId', patch, async (request: PatchRequest, reply) => {
    await assertOwner(deps, request);
    const tenant = request.tenant.idTag;
    return reply.data(await updateApiKey(deps, { tenant, keyId: keyIdOf(request), ...request.body }));
  });

  app.delete('/api/auth/api-keys/:keyId', one, async (request: FastifyRequest<OneKey>, reply) => {
    await assertOwner(deps, request);
    await deleteApiKey(deps, request.tenant.idTag, keyIdOf(request));
    return reply.data(null);
  });
}
