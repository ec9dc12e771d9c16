/** The server of the benchmark `stalls`, in this process. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { actionId, contentId } from '../src/protocol/content-id.ts';
import { CloudilloError } from '../src/protocol/errors.ts';
import { generateKeyPair } from '../src/protocol/keys.ts';
import { buildApp } from '../src/server/app.ts';
import type { ServerDeps } from '../src/server/context/deps.ts';
import { issueAccessToken } from '../src/services/auth/access-token.ts';
import { initInstance } from '../src/services/home/init.ts';
import { createInbox } from '../src/services/inbox/create-inbox.ts';
import { createSigner } from '../src/services/keys/sign.ts';
import { createRuntime } from '../src/services/runtime/runtime.ts';
import { systemClock } from '../src/services/runtime/system-clock.ts';
import { createArrivalLog } from '../src/store/cache/arrival-log.ts';
import type { Store } from '../src/store/engine/store.ts';
import { createIdentities } from '../src/store/identities/identities.ts';
import { resolveSettings } from '../src/store/settings/settings.ts';
import { STRANGER, type StallStore, TENANT } from './stalls-store.ts';

/** A peer whose key is known: what it signs is taken in. */
export const PEER = 'peer.example.com';

/** @param fill makes the store of the home */
export async function stallApp(home: string, fill: (home: string) => StallStore | Promise<StallStore>) {
  const clock = systemClock;
  await initInstance({ home, clock }, { idTag: TENANT });
  const made = await fill(home);
  const { store } = made;
  const identities = createIdentities(home);
  const { values: settings } = resolveSettings({ rateLimits: false }, {}, {}, home);
  const log = () => {};
  const runtime = createRuntime();
  const { privateKey, publicKey } = generateKeyPair();
  const keyResolver = {
    async resolve(issuer: string, keyId: string) {
      if (issuer !== PEER) throw new CloudilloError('dns.nxdomain', 'nobody is there', { stage: 'dns' });
      return { key: { keyId, publicKey }, source: 'cache' as const };
    },
  };
  const inbox = createInbox({
    ...runtime,
    arrivals: createArrivalLog(home),
    store,
    keyResolver,
    clock,
    log,
    settings,
  } as unknown as Parameters<typeof createInbox>[0]);
  const video = await storeVideo(store, createSigner({ identities: createIdentities(home), clock }));
  const following = { following: true, follower: true, connected: false, at: 1 };
  await store.append([{ kind: 'relation', tenant: TENANT, peer: PEER, ...following }]);
  const quiet = { rateLimits: false, trustedProxies: [], ready: () => true, maxFileBytes: () => 1e6 };
  const openApi = () => readFile('schemas/openapi.json', 'utf8');
  const deps = { ...runtime, home, store, identities, clock, log, inbox, openApi, ...quiet };
  const app = await buildApp(deps as unknown as ServerDeps);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const bearer = (subject: string) =>
    issueAccessToken({ identities, clock }, { tenant: TENANT, subject, owner: false });
  return {
    ...made,
    video,
    app,
    port: (app.server.address() as AddressInfo).port,
    privateKey,
    stranger: await bearer(STRANGER),
    peer: await bearer(PEER),
    follower: await bearer('person1.example.com'),
  };
}

/** The bytes of the file that anybody may read. */
export const VIDEO_BYTES = 32 * 1024 * 1024;

/** Stores a large file that a public post attaches. @returns its ID */
async function storeVideo(store: Store, signer: ReturnType<typeof createSigner>): Promise<string> {
  const { id } = await store.blobs.write(randomBytes(VIDEO_BYTES));
  const descriptor = `d2,orig:${id}:f=mp4:s=${VIDEO_BYTES}:r=0x0`;
  const fileId = contentId('f1', descriptor);
  const token = await signer.sign(TENANT, { t: 'POST:VID', c: 'A video', a: [fileId], v: 'P' });
  const post = {
    kind: 'action',
    actionId: actionId(token),
    token,
    direction: 'out',
    status: 'A',
    receivedAt: 1,
  } as const;
  await store.append([
    { kind: 'file', tenant: TENANT, fileId, descriptor, fileName: 'x.mp4', contentType: 'video/mp4', at: 1 },
    { ...post, tenant: TENANT, visibility: 'P' },
  ]);
  return fileId;
}
