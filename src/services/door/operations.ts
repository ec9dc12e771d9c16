/** The registry of operations that need the store. */
import type { Deps, Emit } from '../runtime/deps.ts';

/**
 * A use case as the door runs it, in the process that owns the store. The signal aborts when nobody waits for the result any
 * more, or when the owner ends.
 */
// biome-ignore lint/suspicious/noExplicitAny: the registry holds operations of every input; the door checks the name only
export type Operation = (deps: Deps, input: any, emit: Emit, signal: AbortSignal) => Promise<unknown>;

/**
 * All operations that need the store. They run in the process that takes the home, or through `control.sock` in the one that owns
 * it. Each is loaded at its first use. There is no `satisfies`, which would widen each to {@link Operation} and lose its types.
 * The door takes the registry as {@link Operations}, which checks it.
 */
export const operations = {
  addFile: () => import('../files/add-local-file.ts').then((m) => m.addLocalFile),
  examineHome: () => import('../doctor/local/examine-home.ts').then((m) => m.examineHome),
  profileReads: () => import('../doctor/local/profile-readers.ts').then((m) => m.profileReads),
  peerMemory: () => import('../doctor/local/peer-memory.ts').then((m) => m.peerMemory),
  findFile: () => import('../files/find-file.ts').then((m) => m.findFile),
  listFiles: () => import('../files/list-local-files.ts').then((m) => m.listLocalFiles),
  sweepFiles: () => import('../files/sweep-blobs.ts').then((m) => m.sweepBlobs),
  addKey: () => import('../keys/add-key.ts').then((m) => m.addKey),
  checkStore: () => import('../home/check-store.ts').then((m) => m.checkStore),
  clearPassword: () => import('../auth/password.ts').then((m) => m.clearPassword),
  compactStore: () => import('../home/compact-store.ts').then((m) => m.compactStore),
  connect: () => import('../relating/connect.ts').then((m) => m.connect),
  createApiKey: () => import('../auth/api-keys.ts').then((m) => m.createApiKey),
  createAccessToken: () => import('../auth/create-script-token.ts').then((m) => m.createAccessToken),
  decide: () => import('../actions/decide.ts').then((m) => m.decide),
  deliver: () => import('../delivery/deliver-now.ts').then((m) => m.deliverNow),
  deliveryFacts: () => import('../home/delivery-facts.ts').then((m) => m.deliveryFacts),
  disconnect: () => import('../relating/connect.ts').then((m) => m.disconnect),
  dropDeliveries: () => import('../delivery/drop-deliveries.ts').then((m) => m.dropDeliveries),
  expectArrivals: () => import('../reading/expect-arrivals.ts').then((m) => m.expectArrivals),
  explainArrival: () => import('../reading/explain-arrival.ts').then((m) => m.explainArrival),
  forgetPeer: () => import('../home/forget-peer.ts').then((m) => m.forgetPeer),
  follow: () => import('../relating/follow.ts').then((m) => m.follow),
  followArrivals: () => import('../reading/list-arrivals.ts').then((m) => m.followArrivals),
  listArrivals: () => import('../reading/list-arrivals.ts').then((m) => m.listArrivals),
  importBlocks: () => import('../peers/blocks.ts').then((m) => m.importBlocks),
  knownPeer: () => import('../home/known-peer.ts').then((m) => m.knownPeer),
  liftBans: () => import('../home/bans.ts').then((m) => m.liftBans),
  listBlocks: () => import('../peers/blocks.ts').then((m) => m.listBlocks),
  listBans: () => import('../home/bans.ts').then((m) => m.listBans),
  listActions: () => import('../reading/list-actions.ts').then((m) => m.listActions),
  listApiKeys: () => import('../auth/api-keys.ts').then((m) => m.listApiKeys),
  listDeliveries: () => import('../delivery/list-deliveries.ts').then((m) => m.listDeliveries),
  listIdentities: () => import('../home/list-identities.ts').then((m) => m.listIdentities),
  listKeys: () => import('../keys/list-keys.ts').then((m) => m.listKeys),
  listRelations: () => import('../peers/list-relations.ts').then((m) => m.listRelations),
  rebuildStore: () => import('../home/rebuild-store.ts').then((m) => m.rebuildStore),
  revokeApiKey: () => import('../auth/api-keys.ts').then((m) => m.revokeApiKey),
  retryDeliveries: () => import('../delivery/retry-deliveries.ts').then((m) => m.retryDeliveries),
  retryPeer: () => import('../home/forget-peer.ts').then((m) => m.retryPeer),
  revokeKey: () => import('../keys/revoke-key.ts').then((m) => m.revokeKey),
  sendAction: () => import('../actions/send-action.ts').then((m) => m.sendAction),
  saveKeys: () => import('../keys/save-keys.ts').then((m) => m.saveKeys),
  setProfile: () => import('../profiles/set-profile.ts').then((m) => m.setProfile),
  setPassword: () => import('../auth/password.ts').then((m) => m.setPassword),
  setSetting: () => import('../home/set-setting.ts').then((m) => m.setHomeSetting),
  setTreatment: () => import('../peers/treatment.ts').then((m) => m.setTreatment),
  showAction: () => import('../reading/show-action.ts').then((m) => m.showAction),
  showProfile: () => import('../profiles/show-profile.ts').then((m) => m.showProfile),
  status: () => import('../home/status.ts').then((m) => m.status),
  unfollow: () => import('../relating/unfollow.ts').then((m) => m.unfollow),
  watchActions: () => import('../reading/watch-actions.ts').then((m) => m.watchActions),
};

/** The name of an operation. */
export type OperationName = keyof typeof operations;

/** The operations that a home allows whose disk takes no writes: they change nothing in it. */
export const READING: ReadonlySet<OperationName> = new Set<OperationName>([
  'examineHome',
  'expectArrivals',
  'explainArrival',
  'findFile',
  'followArrivals',
  'listArrivals',
  'listFiles',
  'checkStore',
  'deliveryFacts',
  'listActions',
  'listApiKeys',
  'listDeliveries',
  'listIdentities',
  'listKeys',
  'listRelations',
  'peerMemory',
  'profileReads',
  'showAction',
  'showProfile',
  'status',
  'watchActions',
]);

/** The input of an operation. */
export type OperationInput<N extends OperationName> = Parameters<Awaited<ReturnType<(typeof operations)[N]>>>[1];

/** The result of an operation. */
export type OperationResult<N extends OperationName> = Awaited<ReturnType<Awaited<ReturnType<(typeof operations)[N]>>>>;
