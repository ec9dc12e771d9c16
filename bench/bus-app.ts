import { buildApp } from '../src/server/app.ts';
import type { ServerDeps } from '../src/server/context/deps.ts';
import { issueAccessToken } from '../src/services/auth/access-token.ts';
import { initInstance } from '../src/services/home/init.ts';
import { createInbox } from '../src/services/inbox/create-inbox.ts';
import { createRuntime } from '../src/services/runtime/runtime.ts';
import { systemClock } from '../src/services/runtime/system-clock.ts';
import { openFileStore } from '../src/store/engine/store.ts';
import { createIdentities } from '../src/store/identities/identities.ts';
import { resolveSettings } from '../src/store/settings/settings.ts';

/** The server's app on a new home, listening on a free port, with what a benchmark of its bus needs of it. */
export async function registeredApp(home: string, tenant: string) {
  const clock = systemClock;
  await initInstance({ home, clock }, { idTag: tenant });
  const store = await openFileStore(home, { now: clock.wall });
  const identities = createIdentities(home);
  const { values: settings } = resolveSettings({ rateLimits: false }, {}, {}, home);
  const log = () => {};
  const runtime = createRuntime();
  // The bus asks nobody: what talks to other instances is left out.
  const inbox = createInbox({ ...runtime, store, clock, log, settings } as unknown as Parameters<
    typeof createInbox
  >[0]);
  const quiet = { rateLimits: false, trustedProxies: [], ready: () => true };
  const deps = { ...runtime, home, store, identities, clock, log, inbox, ...quiet };
  const app = await buildApp(deps as unknown as ServerDeps);
  await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    app,
    store,
    token: await issueAccessToken({ identities, clock }, { tenant, subject: tenant, owner: true }),
    announce: (actionId: string) => runtime.live.announce({ kind: 'action', tenant, actionId }),
  };
}
