import type { Store } from '../../src/store/model/store-interface.ts';

/** What was ever stored: the questions that {@link answersOf} asks. */
export interface Asked {
  tenants: readonly string[];
  tokens: readonly string[];
  actionIds: readonly string[];
  fileIds: readonly string[];
  blobIds: readonly string[];
  peers: readonly string[];
  keys: readonly string[];
  /** Unix milliseconds. */
  now: number;
}

/** Everything that a store answers. Two stores with the same content give the same. */
export async function answersOf(store: Store, asked: Asked): Promise<Record<string, unknown>> {
  const answers: Record<string, unknown> = {
    circuits: store.openCircuits(1000),
    // Its `nextAt` is that of the peer whose delivery became due first, which a new start sees in another order.
    queue: { ...store.deliveryQueue(), nextAt: null },
    next: store.nextDeliveryAt(asked.now),
    failed: store.failedDeliveries(1000),
    counts: store.deliveryCounts(),
  };
  for (const tenant of asked.tenants) answers[tenant] = await answersFor(store, tenant, asked);
  for (const peer of asked.peers) {
    answers[`to ${peer}`] = [store.openCircuit(peer), store.deliveriesWaitingFor(peer, asked.now)];
  }
  return answers;
}

async function answersFor(store: Store, tenant: string, asked: Asked): Promise<unknown> {
  const each = <T>(values: readonly string[], ask: (value: string) => T) =>
    Promise.all(values.map(async (value) => [value, await ask(value)]));
  const list = await store.list(tenant, { limit: 10_000 });
  const deliveries = store.deliveries({ tenant });
  return {
    list,
    oldest: (await store.list(tenant, { limit: 3, order: 'oldest' })).next,
    count: await store.count(tenant, {}),
    deleted: await store.count(tenant, { statuses: ['D'] }),
    public: await store.count(tenant, { reader: { idTag: null, follower: false, connected: false } }),
    rows: [...store.rows(tenant, {})],
    actions: await each(asked.actionIds, (id) => store.action(tenant, id)),
    byId: await each(asked.actionIds, (id) => [
      store.row(tenant, id),
      store.rootId(tenant, id),
      store.aliases(tenant, id),
      store.attachmentsOf(tenant, id),
      [...store.rows(tenant, { parent: id })].map(({ actionId }) => actionId),
      [...store.rows(tenant, { subject: id })].map(({ actionId }) => actionId),
      store.deliveries({ tenant, actionId: id }),
    ]),
    terms: await each(asked.actionIds, (id) => store.terms(tenant, id)),
    duplicates: await each(asked.tokens, (token) => store.duplicateOf(tenant, token)),
    keys: await each(asked.keys, (key) => [store.byKey(tenant, key)]),
    relations: store.relations(tenant),
    current: [...store.currentRelations(tenant)].map(({ peer }) => peer).sort(),
    relationCounts: store.relationCounts(tenant),
    treatments: store.treatments(tenant),
    peers: await each(asked.peers, (peer) => store.peer(tenant, peer)),
    deliveries,
    newest: store.deliveries({ tenant, order: 'newest' }).map(({ actionId, to }) => `${actionId} ${to}`),
    related: await Promise.all(deliveries.map((delivery) => store.deliveryRelated(delivery))),
    // Peers whose deliveries became due at the same moment are in no order.
    due: (['closed', 'half-open'] as const).map((circuit) =>
      [...store.dueDeliveries(tenant, asked.now, circuit)].sort((a, b) => (a.to < b.to ? -1 : 1)),
    ),
    deliveryCounts: store.deliveryCounts(tenant),
    parked: store.parked({ tenant }),
    parkedTokens: await each(asked.actionIds, (id) => store.parkedTokens(tenant, id)),
    files: store.files(tenant),
    byName: [...store.fileRows(tenant, { sort: 'name', descending: false })],
    ofBlobs: await each(asked.blobIds, (id) => store.filesOfBlob(tenant, id)),
    fetches: store.fetches(tenant),
    attached: [...store.attachedFiles(tenant, 0)],
    attachedBy: await each(asked.fileIds, (id) => [...store.attachedBy(tenant, id)].map(({ actionId }) => actionId)),
  };
}
