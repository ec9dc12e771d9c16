import { CloudilloError, errorToObject } from '../protocol/errors.ts';
import { parseIdTag } from '../protocol/id-tag.ts';
import type { Delivery } from '../store/rows.ts';
import { type DeliverDeps, type DeliveryReport, deliverOne } from './deliver.ts';
import type { Deps, Emit } from './deps.ts';
import { ownIdentity } from './own-identity.ts';
import { preflight } from './preflight.ts';
import { type RequestLimits, withRequestLimits } from './request-limits.ts';

/** Which of the waiting deliveries to try. */
export interface DeliverInput extends RequestLimits {
  as?: string | undefined;
  /** Only to these. */
  peers?: string[] | undefined;
  /** Only those whose time has come, as the server would. */
  dueOnly?: boolean | undefined;
  /** Look first whether the own `/api/me` answers in public. Default: yes. */
  preflight?: boolean | undefined;
}

/** What became of each of them, in the order in which they were queued. */
export interface DeliverResult {
  reports: DeliveryReport[];
}

/** Peers that are talked to at the same time. */
const CONCURRENCY = 8;

/**
 * Tries what is queued, now: for those who run no server. A peer that fails is asked once, not once for each action.
 * @throws CloudilloError `usage.id-tag`, `home.identity-missing`, `store.*`
 */
export async function deliverNow(
  given: DeliverDeps & Pick<Deps, 'identities' | 'requester' | 'settings'>,
  input: DeliverInput,
  emit: Emit,
): Promise<DeliverResult> {
  const deps = withRequestLimits(given, input);
  const peers = input.peers?.map(parseIdTag);
  const tenant = input.as === undefined ? undefined : (await ownIdentity(deps.identities, input.as)).idTag;
  const filter = input.dueOnly ? { dueBefore: deps.clock() } : { state: 'queued' as const };
  const waiting = deps.store
    .deliveries({ ...filter, tenant })
    .filter(({ to }) => !peers || peers.includes(to))
    .sort((a, b) => a.firstAt - b.firstAt);
  const hidden = input.preflight === false ? new Map() : await hiddenTenants(deps, waiting);
  const { default: pLimit } = await import('p-limit');
  const limit = pLimit(CONCURRENCY);
  const reports = await Promise.all(byPair(waiting).map((list) => limit(() => deliverList(deps, list, hidden, emit))));
  const order = new Map(waiting.map(({ tenant: own, actionId, to }, index) => [`${own} ${actionId} ${to}`, index]));
  const position = (report: DeliveryReport) => order.get(`${report.tenant} ${report.actionId} ${report.to}`) ?? 0;
  return { reports: reports.flat().sort((a, b) => position(a) - position(b)) };
}

/** What one identity sends to one peer belongs together. */
function byPair(deliveries: Delivery[]): Delivery[][] {
  const pairs = new Map<string, Delivery[]>();
  for (const delivery of deliveries) {
    const pair = `${delivery.tenant} ${delivery.to}`;
    const list = pairs.get(pair) ?? [];
    list.push(delivery);
    pairs.set(pair, list);
  }
  return [...pairs.values()];
}

/** Identities whose own profile doesn't answer in public: a peer that asked for it now would remember the failure. */
async function hiddenTenants(
  deps: DeliverDeps & Pick<Deps, 'identities'>,
  waiting: Delivery[],
): Promise<Map<string, CloudilloError>> {
  const hidden = new Map<string, CloudilloError>();
  const tenants = new Set(waiting.map(({ tenant }) => tenant));
  await Promise.all(
    [...tenants].map((tenant) =>
      preflight(deps, tenant).catch((error: unknown) => {
        if (!(error instanceof CloudilloError)) throw error;
        hidden.set(tenant, error);
      }),
    ),
  );
  return hidden;
}

/** One identity's deliveries to one peer, oldest first, until one fails. */
async function deliverList(
  deps: DeliverDeps,
  deliveries: Delivery[],
  hidden: Map<string, CloudilloError>,
  emit: Emit,
): Promise<DeliveryReport[]> {
  const reports: DeliveryReport[] = [];
  let obstacle: DeliveryReport['error'] = null;
  for (const delivery of deliveries) {
    const { tenant, actionId, to, attempts, nextAt } = delivery;
    const unseen = hidden.get(tenant);
    obstacle ??= unseen ? errorToObject(unseen) : null;
    if (obstacle) {
      reports.push({ tenant, actionId, to, state: 'queued', attempts, nextAt, status: null, error: obstacle });
      continue;
    }
    const stage = `deliver ${to}`;
    emit({ stage, status: 'start' });
    const started = performance.now();
    const report = await deliverOne(deps, delivery);
    const ms = Math.round(performance.now() - started);
    emit({ stage, status: report.error ? 'failed' : 'done', ms, detail: report.error?.message ?? report.state });
    if (report.state === 'queued') obstacle = report.error;
    reports.push(report);
  }
  return reports;
}
