import type { KeyObject } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import type { KeyResolver } from '../../src/federation/keys/key-resolver.ts';
import type { CachedProfile } from '../../src/federation/keys/profile-cache.ts';
import type { AccessTokens } from '../../src/federation/peer/access-tokens.ts';
import type { Clock } from '../../src/protocol/clock.ts';
import { CloudilloError } from '../../src/protocol/errors.ts';
import { apiHost } from '../../src/protocol/id-tag.ts';
import { exportPrivateKey, exportPublicKey, generateKeyPair, importPublicKey } from '../../src/protocol/keys.ts';
import type { Observer } from '../../src/protocol/observer.ts';
import { type ActionClaims, createToken } from '../../src/protocol/token.ts';
import { buildApp, type ListenerOptions } from '../../src/server/app.ts';
import type { BusLimits } from '../../src/server/context/bus-limits.ts';
import { type AccessGrant, issueAccessToken } from '../../src/services/auth/access-token.ts';
import { createPictures } from '../../src/services/files/picture-maker.ts';
import { createInbox } from '../../src/services/inbox/create-inbox.ts';
import type { InboxDeps } from '../../src/services/inbox/inbox-deps.ts';
import { createSigner } from '../../src/services/keys/sign.ts';
import type { Log } from '../../src/services/runtime/deps.ts';
import type { Pictures } from '../../src/services/runtime/pictures.ts';
import { createRuntime, type Runtime } from '../../src/services/runtime/runtime.ts';
import { createArrivalLog } from '../../src/store/cache/arrival-log.ts';
import type { DiskSpace } from '../../src/store/disk/disk-space.ts';
import { openFileStore, type Store } from '../../src/store/engine/store.ts';
import { createHome } from '../../src/store/home/home.ts';
import { createIdentities, type Identities } from '../../src/store/identities/identities.ts';
import { resolveSettings, type Settings, type SettingsInput } from '../../src/store/settings/settings.ts';
import { fileSystem } from './file-system.ts';
import { PROJECT_ROOT, temporaryDirectory } from './run-cli.ts';

/** The tests' clock starts here: 2026-11-22T18:00:00Z. */
export const START = Date.UTC(2026, 10, 22, 18);

/** Another identity, whose instance isn't there: its key is known to the resolver. */
export interface Peer {
  idTag: string;
  sign(claims: Partial<ActionClaims> & { t: string }): Promise<string>;
}

/** A server built in this process: requests are injected, the store is on disk, the clock stands still. */
export interface Instance extends Runtime {
  app: FastifyInstance;
  store: Store;
  home: string;
  identities: Identities;
  inbox: InboxDeps;
  accessTokens: AccessTokens;
  /** What both clocks say, and how far ahead of that the wall clock is. */
  clock: { now: number; ahead: number };
  /** The room on its disk, in bytes. */
  disk: DiskSpace & { free: number };
  settings: Settings;
  /** What was passed on live. */
  told: { to: string; token: string }[];
  /** How long answers were held back, milliseconds; the test doesn't wait. */
  pauses: number[];
  resolver: FakeResolver;
  /** Makes a peer with a key of its own. */
  peer(idTag: string): Peer;
  /** The key of a hosted identity, as a peer that signs for it. */
  owner(idTag: string): Peer;
  get(path: string, options?: RequestOptions): Promise<LightMyRequestResponse>;
  post(path: string, body: unknown, options?: RequestOptions): Promise<LightMyRequestResponse>;
  /** Posts a token to `/api/inbox/sync`. */
  send(token: string, related?: string[]): Promise<LightMyRequestResponse>;
  bearer(grant?: Partial<AccessGrant>): Promise<string>;
  /** Is `/readyz` to say so? */
  setReady(ready: boolean): void;
  /** The journal's bytes, to prove that nothing changed. */
  journal(): string;
  close(): Promise<void>;
}

export interface RequestOptions {
  tenant?: string;
  host?: string;
  bearer?: string;
  headers?: Record<string, string>;
  address?: string;
}

export interface InstanceOptions {
  idTags?: string[];
  /** Public keys of hosted identities whose private keys nobody here has: recorded ones. */
  publicKeys?: Record<string, string>;
  settings?: SettingsInput;
  keyResolver?: KeyResolver;
  /** How other instances let us in; default: there are none. */
  accessTokens?: AccessTokens;
  /** Fetches the profile of a peer. Default: there is none. */
  refreshProfile?: (idTag: string) => Promise<CachedProfile>;
  trustedProxies?: string[];
  bus?: Partial<BusLimits>;
  openApi?: () => Promise<string>;
  log?: Log;
  observer?: Observer;
  /** Default: the worker of the project. */
  pictures?: Pictures;
  /** How it listens, for tests that do. */
  listener?: ListenerOptions;
}

/** Keys by issuer and key ID, or why an issuer can't be asked. */
export class FakeResolver implements KeyResolver {
  readonly keys = new Map<string, Map<string, { publicKey: KeyObject; expiresAt?: number }>>();
  readonly failures = new Map<string, CloudilloError>();
  readonly asked: string[] = [];

  add(idTag: string, keyId: string, publicKey: KeyObject | string, expiresAt?: number): void {
    const key = typeof publicKey === 'string' ? importPublicKey(publicKey) : publicKey;
    const keys = this.keys.get(idTag) ?? new Map();
    this.keys.set(idTag, keys.set(keyId, { publicKey: key, ...(expiresAt !== undefined && { expiresAt }) }));
  }

  async resolve(issuer: string, keyId: string): ReturnType<KeyResolver['resolve']> {
    this.asked.push(issuer);
    const failure = this.failures.get(issuer);
    if (failure) throw failure;
    const keys = this.keys.get(issuer);
    if (!keys) throw new CloudilloError('dns.nxdomain', `${issuer} does not exist`, { stage: 'dns' });
    const found = keys.get(keyId);
    const name = issuer.charAt(0).toUpperCase() + issuer.slice(1, issuer.indexOf('.'));
    const profile = { idTag: issuer, name, type: 'person' as const, keys: [], fetchedAt: 0 };
    return { key: found ? { keyId, ...found } : null, source: 'profile', profile };
  }
}

export const KEY_ID = '261122';

const away = async (): Promise<never> => {
  throw new CloudilloError('dns.nxdomain', 'There is nobody else', { stage: 'dns' });
};
const nobodyElse: AccessTokens = { get: away, with: away };

export async function startInstance(options: InstanceOptions = {}): Promise<Instance> {
  const { idTags = ['alice.test'], settings: flags = {}, trustedProxies = [] } = options;
  const home = join(temporaryDirectory(), 'home');
  const clock = { now: START, ahead: 0 };
  const now = () => clock.now + clock.ahead;
  const clocks: Clock = { wall: now, monotonic: () => clock.now };
  await createHome(home, new Date(START));
  const identities = createIdentities(home);
  const first = idTags[0] as string;
  const pairs = new Map<string, ReturnType<typeof generateKeyPair>>();
  for (const idTag of idTags) pairs.set(idTag, await createIdentity(identities, idTag, options.publicKeys?.[idTag]));
  const store = await openFileStore(home, { now, ...(options.observer && { observer: options.observer }) });
  const resolver = new FakeResolver();
  for (const [idTag, { publicKey }] of pairs) resolver.add(idTag, KEY_ID, publicKey);
  const { values: settings } = resolveSettings({ rateLimits: false, ...flags }, {}, {}, home);
  const log = options.log ?? (() => {});
  const signer = createSigner({ identities, clock: clocks });
  const runtime = createRuntime(options.observer);
  const { keyResolver = resolver } = options;
  const disk: Instance['disk'] = {
    free: Number.MAX_SAFE_INTEGER,
    rooms: async () => [fileSystem({ free: disk.free })],
    writeProblem: async () => null,
    writeProblems: async () => [],
    readOnly: false,
  };
  const arrivals = createArrivalLog(home, {
    isDeleted: ({ actionId }) => store.row(first, actionId ?? '')?.status === 'D',
  });
  const inbox = createInbox({ ...runtime, arrivals, store, keyResolver, signer, clock: clocks, log, settings, disk });
  const pauses: number[] = [];
  const told: Instance['told'] = [];
  const { accessTokens = nobodyElse } = options;
  let isReady = true;
  const app = await buildApp(
    {
      ...runtime,
      home,
      store,
      identities,
      signer,
      pictures: options.pictures ?? createPictures(join(PROJECT_ROOT, 'bin/picture-worker.js')),
      api: { postInbox: async (to, token) => void told.push({ to, token }) as never },
      accessTokens,
      profiles: {
        refresh: options.refreshProfile ?? (() => Promise.reject(new CloudilloError('dns.nxdomain', 'nobody'))),
      },
      pause: async (ms) => void pauses.push(ms),
      clock: clocks,
      log,
      inbox,
      rateLimits: settings.rateLimits,
      trustedProxies,
      maxFileBytes: () => settings.files.maxBytes,
      ...(options.bus && { bus: options.bus }),
      ...(options.openApi && { openApi: options.openApi }),
      disk: { ...disk, writeProblem: () => disk.writeProblem() },
      ready: () => isReady && store.stats().writable,
    },
    options.listener,
  );

  const headersOf = ({ tenant = first, host = apiHost(tenant), bearer, headers = {} }: RequestOptions) => ({
    host,
    ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
    ...headers,
  });
  const signerOf = (idTag: string, privateKey: KeyObject): Peer => ({
    idTag,
    sign: (claims) =>
      createToken({ iss: idTag, k: KEY_ID, iat: Math.floor(clock.now / 1000), ...claims } as ActionClaims, privateKey),
  });

  const instance: Instance = {
    ...runtime,
    app,
    store,
    home,
    identities,
    inbox,
    accessTokens,
    clock,
    disk,
    settings,
    pauses,
    told,
    resolver,
    peer(idTag) {
      const { privateKey, publicKey } = generateKeyPair();
      resolver.add(idTag, KEY_ID, publicKey);
      return signerOf(idTag, privateKey);
    },
    owner: (idTag) => signerOf(idTag, (pairs.get(idTag) as ReturnType<typeof generateKeyPair>).privateKey),
    get: (url, request = {}) =>
      app.inject({
        method: 'GET',
        url,
        headers: headersOf(request),
        ...(request.address !== undefined && { remoteAddress: request.address }),
      }),
    post: (url, body, request = {}) =>
      app.inject({
        method: 'POST',
        url,
        headers: { 'content-type': 'application/json', ...headersOf(request) },
        payload: typeof body === 'string' ? body : JSON.stringify(body),
        ...(request.address !== undefined && { remoteAddress: request.address }),
      }),
    send(token, related) {
      return instance.post('/api/inbox/sync', { token, ...(related && { related }) });
    },
    bearer: (grant = {}) =>
      issueAccessToken({ identities, clock: clocks }, { tenant: first, subject: first, owner: true, ...grant }),
    setReady(ready) {
      isReady = ready;
    },
    journal: () => journalBytes(home),
    async close() {
      isReady = false;
      await app.close();
      await arrivals.close();
      await store.close();
    },
  };
  return instance;
}

async function createIdentity(identities: Identities, idTag: string, recorded?: string) {
  const pair = generateKeyPair();
  const createdAt = new Date(START).toISOString();
  const key = { keyId: KEY_ID, publicKey: recorded ?? exportPublicKey(pair.publicKey, 'wire'), createdAt };
  const name = idTag.charAt(0).toUpperCase() + idTag.slice(1, idTag.indexOf('.'));
  const identity = { idTag, name, type: 'person' as const, createdAt, keys: [key] };
  await identities.create(identity, recorded === undefined ? exportPrivateKey(pair.privateKey) : undefined);
  return pair;
}

/** All segments, one after the other. */
export function journalBytes(home: string): string {
  const directory = join(home, 'journal');
  return readdirSync(directory)
    .filter((name) => name.endsWith('.ndjson'))
    .sort()
    .map((name) => readFileSync(join(directory, name), 'utf8'))
    .join('');
}

/** `{ status, code }` of an error answer, for one comparison. */
export function refusal(response: LightMyRequestResponse): { status: number; code: string | null } {
  const body = response.body === '' ? null : JSON.parse(response.body);
  return { status: response.statusCode, code: body?.error?.code ?? null };
}
