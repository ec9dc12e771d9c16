/** Converts the query of `GET /api/actions` to the input of the service. */
import type { Static } from '@sinclair/typebox';
import { isVisibility } from '../../protocol/visibility.ts';
import type { ListActionsInput } from '../../services/reading/list-actions-view.ts';
import type { actionQuerySchema } from '../schemas/actions.ts';
import { unixSeconds } from './query-time.ts';

/** The parsed query string. */
export type ActionListQuery = Static<typeof actionQuerySchema>;

/** The filter of a query. The caller is added by the route. */
export function listInput(query: ActionListQuery): Omit<ListActionsInput, 'own' | 'caller'> {
  const { issuer, audience, audienceType, involved, parentId, rootId, actionId, sortDir, limit, cursor } = query;
  return {
    types: listOf(query.type),
    statuses: listOf(query.status),
    visibilities: listOf(query.visibility)?.filter(isVisibility),
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

/** An empty list counts as absent. */
function listOf(text = ''): string[] | undefined {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  return entries.length > 0 ? entries : undefined;
}
