import type { Static } from '@sinclair/typebox';
import type { ListActionsInput } from '../../services/reading/list-actions-view.ts';
import type { actionQuerySchema } from '../schemas/actions.ts';
import { unixSeconds } from './query-time.ts';

export type ActionListQuery = Static<typeof actionQuerySchema>;

/** What is asked for, in the terms of the service; who asks is added there. */
export function listInput(query: ActionListQuery): Omit<ListActionsInput, 'own' | 'caller'> {
  const { issuer, audience, audienceType, involved, parentId, rootId, actionId, sortDir, limit, cursor } = query;
  return {
    types: listOf(query.type),
    statuses: listOf(query.status),
    visibilities: listOf(query.visibility),
    issuer,
    wall: audience,
    wallType: audienceType === 'personal' ? 'person' : audienceType === 'community' ? 'community' : undefined,
    involved,
    parentId,
    rootId,
    subjects: listOf(query.subject),
    actionId,
    createdAfter: unixSeconds(query.createdAfter),
    createdBefore: unixSeconds(query.createdBefore),
    notByCaller: query.excludeOwnIssuer === 'true',
    oldestFirst: sortDir === 'asc',
    limit: limit === undefined ? undefined : Number(limit),
    cursor,
    includeTokens: query.includeTokens === 'true',
    includeSubject: query.includeSubject === 'true',
  };
}

/** An empty list is none: it asks for all. */
function listOf(text = ''): string[] | undefined {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  return entries.length > 0 ? entries : undefined;
}
