/** Delivers the queue now, for instances without a running server. */
import { CloudilloError, type ErrorObject, errorToObject } from '../../protocol/errors.ts';
import { parseIdTag } from '../../protocol/id-tag.ts';
import type { Delivery } from '../../store/model/rows.ts';
import { actingTenant } from '../runtime/acting-tenant.ts';
import type { Deps, Emit } from '../runtime/deps.ts';
import { type RequestLimits, withRequestLimits } from '../runtime/request-limits.ts';
import type { DeliverDeps } from './attempt.ts';
import { deliverOnce } from './deliver-once.ts';
import { isDue } from './delivery-policy.ts';
import type { DeliveryReport } from './delivery-report.ts';
import { preflight } from './preflight.ts';

/** Which of the queued deliveries to attempt. */
export interface DeliverInput extends RequestLimits {
  as?: string | undefined;
  /** Only deliveries to these peers. */
  peers?: string[] | undefined;
  /** Only deliveries that are due, as the server would. */
  dueOnly?: boolean | undefined;
  /** Check first that the tenant's `/api/me` answers in public. Default: yes. */
  preflight?: boolean | undefined;
}

/** The outcomes, in the order in which the deliveries were queued. */
export interface DeliverResult {
  reports: DeliveryReport[];
}

/** How many peers are contacted at the same time. */
const CONCURRENCY = 8;

/**
 * Attempts the queued deliveries now. A peer that fails gets one request, not one for each action.
 * @throws CloudilloError `usage.id-tag`, `home.identity-missing`, `store.*`
 */
export async function deliverNow(
  given: DeliverDeps & Pick<Deps, 'identities' | 'requester' | 'settings'>,
  input: DeliverInput,
  emit: Emit,
): Promise<DeliverResult> {
  const deps = withRequestLimits(given, input);
  const peers = input.peers?.map(parseIdTag);
  const tenant = input.as === undefined ? undefined : (await actingTenant(deps.identities, input.as)).idTag;
  const queued = deps.store
    .deliveries({ state: 'queued', tenant })
    .filter(({ to }) => !peers || peers.includes(to))
    .sort((a, b) => a.firstAt - b.firstAt);
  const waiting = input.dueOnly ? dueOf(queued, deps.clock.monotonic()) : queued;
  const hidden = input.preflight === false ? new Map<string, ErrorObject>() : await hiddenTenants(deps, waiting);
  const reports = await deliverOnce(deps, waiting, {
    concurrency: CONCURRENCY,
    obstacle: ({ tenant }) => hidden.get(tenant) ?? null,
    emit,
  });
  return { reports };
}

/**
 * The due deliveries. One that waits behind a delivery without an attempt is left out: a command may be making that attempt.
 * @param queued oldest first
 */
function dueOf(queued: readonly Delivery[], now: number): Delivery[] {
  const held = new Set<string>();
  return queued.filter(({ tenant, to, attempts, nextAt }) => {
    const pair = `${tenant} ${to}`;
    const due = isDue(nextAt ?? now, now);
    if (!due && attempts === 0) held.add(pair);
    return due && !held.has(pair);
  });
}

/** Tenants whose profile doesn't answer in public. A peer that asked for it now would remember the failure. */
async function hiddenTenants(
  deps: DeliverDeps & Pick<Deps, 'identities'>,
  waiting: Delivery[],
): Promise<Map<string, ErrorObject>> {
  const hidden = new Map<string, ErrorObject>();
  const tenants = new Set(waiting.map(({ tenant }) => tenant));
  await Promise.all(
    [...tenants].map((tenant) =>
      preflight(deps, tenant).catch((error: unknown) => {
        if (!(error instanceof CloudilloError)) throw error;
        hidden.set(tenant, errorToObject(error));
      }),
    ),
  );
  return hidden;
}
