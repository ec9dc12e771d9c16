/** The server of the benchmark `stalls`, in this process. */
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { CloudilloError } from '../src/protocol/errors.ts';
import { generateKeyPair } from '../src/protocol/keys.ts';
import { buildApp } from '../src/server/app.ts';
import type { ServerDeps } from '../src/server/context/deps.ts';
import { issueAccessToken } from '../src/services/auth/access-token.ts';
import { initInstance } from '../src/services/home/init.ts';
import { createInbox } from '../src/services/inbox/create-inbox.ts';
import { createRuntime } from '../src/services/runtime/runtime.ts';
import { systemClock } from '../src/services/runtime/system-clock.ts';
import { createIdentities } from '../src/store/identities/identities.ts';
import { resolveSettings } from '../src/store/settings/settings.ts';
import { STRANGER, stallStore, TENANT } from './stalls-store.ts';

/** A peer whose key is known: what it signs is taken in. */
export const PEER = 'peer.example.com';

export async function stallApp(home: string, actions: number) {
  const clock = systemClock;
  await initInstance({ home, clock }, { idTag: TENANT });
  const made = stallStore(actions);
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
  const inbox = createInbox({ ...runtime, store, keyResolver, clock, log, settings } as unknown as Parameters<
    typeof createInbox
  >[0]);
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
    app,
    port: (app.server.address() as AddressInfo).port,
    privateKey,
    stranger: await bearer(STRANGER),
    peer: await bearer(PEER),
    follower: await bearer('person1.example.com'),
  };
}
