import { buildApp } from '../src/server/app.ts';
import type { ServerDeps } from '../src/server/deps.ts';
import { issueAccessToken } from '../src/services/access-token.ts';
import { createInbox } from '../src/services/inbox/create-inbox.ts';
import { initInstance } from '../src/services/init.ts';
import { announce } from '../src/services/live.ts';
import { createIdentities } from '../src/store/identities.ts';
import { resolveSettings } from '../src/store/settings.ts';
import { openFileStore } from '../src/store/store.ts';

/** The server's app on a new home, listening on a free port, with what a benchmark of its bus needs of it. */
export async function registeredApp(home: string, tenant: string) {
  const clock = Date.now;
  await initInstance({ home, clock }, { idTag: tenant });
  const store = await openFileStore(home, { now: clock });
  const identities = createIdentities(home);
  const { values: settings } = resolveSettings({ rateLimits: false }, {}, {}, home);
  const log = () => {};
  // The bus asks nobody: what talks to other instances is left out.
  const inbox = createInbox({ store, clock, log, settings } as unknown as Parameters<typeof createInbox>[0]);
  const deps = { home, store, identities, clock, log, inbox, rateLimits: false, trustedProxies: [], ready: () => true };
  const app = await buildApp(deps as unknown as ServerDeps);
  await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    app,
    store,
    token: await issueAccessToken({ identities, clock }, { tenant, subject: tenant, owner: true }),
    announce: (actionId: string) => announce(store, { kind: 'action', tenant, actionId }),
  };
}
