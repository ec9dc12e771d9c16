import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createKeyResolver } from '../../src/federation/keys/key-resolver.ts';
import { createAccessTokens } from '../../src/federation/peer/access-tokens.ts';
import type { Clock } from '../../src/protocol/clock.ts';
import type { KeyChange } from '../../src/protocol/key-history.ts';
import { decodeToken } from '../../src/protocol/token.ts';
import { publish } from '../../src/server/tenants/tenants.ts';
import { createPictures } from '../../src/services/files/picture-maker.ts';
import { initInstance } from '../../src/services/home/init.ts';
import { createSigner } from '../../src/services/keys/sign.ts';
import type { Deps, StageEvent } from '../../src/services/runtime/deps.ts';
import { createRuntime } from '../../src/services/runtime/runtime.ts';
import { systemClock } from '../../src/services/runtime/system-clock.ts';
import { createArrivalLog } from '../../src/store/cache/arrival-log.ts';
import { openKeyCache } from '../../src/store/cache/key-cache.ts';
import { diskSpaceOf } from '../../src/store/disk/disk-space.ts';
import { openMemoryStore, type Store } from '../../src/store/engine/store.ts';
import { probedDirectories } from '../../src/store/home/home.ts';
import { createIdentities, type Identities } from '../../src/store/identities/identities.ts';
import { resolveSettings } from '../../src/store/settings/settings.ts';
import { answer, type Handler, json, type Lab, type Peer, refuse } from './lab.ts';
import { PROJECT_ROOT, temporaryDirectory } from './run-cli.ts';

/** A home with its services, whose network is a lab's and whose store is in memory. */
export interface OwnInstance extends Deps {
  store: Store;
  identities: Identities;
  /** Moves both clocks on, which otherwise go with the system's. Milliseconds. */
  pass(ms: number): void;
  /** Sets the wall clock wrong, or right. Milliseconds. */
  jump(ms: number): void;
  /** Serves the profile of an identity of this home, as its server would; the rest is 404. */
  serve(idTag: string, handler?: Handler): Promise<Peer>;
  /** What was emitted. */
  events: StageEvent[];
  emit: (event: StageEvent) => void;
  /** What was logged. */
  logged: { level: string; message: string }[];
}

export async function ownInstance(lab: Lab, idTags: string[] = ['alice.test']): Promise<OwnInstance> {
  const home = join(temporaryDirectory(), 'home');
  let [passed, jumped] = [0, 0];
  const { wall, monotonic } = systemClock;
  const clock: Clock = { wall: () => wall() + passed + jumped, monotonic: () => monotonic() + passed };
  for (const idTag of idTags) await initInstance({ home, clock }, { idTag });
  const identities = createIdentities(home);
  const signer = createSigner({ identities, clock });
  const events: StageEvent[] = [];
  const logged: OwnInstance['logged'] = [];
  const { api, requester, network } = lab;
  const onKeyChange = (idTag: string, { kind, keyId }: KeyChange) =>
    logged.push({ level: 'info', message: `${idTag} ${keyId} ${kind}` });
  const keyCache = await openKeyCache(home, { delay: 2 ** 30, onKeyChange });
  onTestFinished(() => keyCache.close());
  const keyResolver = createKeyResolver({ api, cache: keyCache, clock });
  return {
    ...createRuntime(),
    home,
    settings: resolveSettings({}, {}, {}, home).values,
    store: openMemoryStore({ now: clock.wall }),
    identities,
    api,
    requester,
    accessTokens: createAccessTokens({ api, sign: signer.sign, clock }),
    keyResolver,
    profiles: keyResolver,
    keyCache,
    network,
    arrivals: createArrivalLog(home),
    disk: diskSpaceOf(probedDirectories(home), clock.monotonic),
    signer,
    pictures: createPictures(join(PROJECT_ROOT, 'bin/picture-worker.js')),
    clock,
    log: (level, message) => logged.push({ level, message }),
    pass(ms) {
      passed += ms;
    },
    jump(ms) {
      jumped += ms;
    },
    serve: (idTag, handler) =>
      lab.peer(idTag, async (request, response) => {
        const identity = await identities.read(idTag);
        if (request.url === '/api/me' && identity) {
          return answer(response, JSON.parse(publish(identity).profileJson));
        }
        if (handler) return handler(request, response);
        refuse(response, 404, 'E-CORE-NOTFOUND');
      }),
    events,
    emit: (event) => events.push(event),
    logged,
  };
}

/** A peer's inbox: answers each post with the next of these, the last one again and again; everything else is 404. */
export function inboxAnswers(...statuses: number[]): Handler {
  let calls = 0;
  return ({ url }, response) => {
    if (!url.startsWith('/api/inbox')) return refuse(response, 404, 'E-CORE-NOTFOUND');
    const status = statuses[Math.min(calls, statuses.length - 1)] ?? 202;
    calls += 1;
    if (status < 300) answer(response, {}, { status });
    else refuse(response, status, status === 403 ? 'E-AUTH-NOPERM' : 'E-SYS-UNAVAIL');
  };
}

/**
 * A peer that wants a letter `A` of proof of work, one more than there is: one token in 64 ends so by itself, and what happens is to be
 * always the same.
 */
export const wantsWork: Handler = ({ url, body }, response) => {
  if (!url.startsWith('/api/inbox')) return refuse(response, 404, 'E-CORE-NOTFOUND');
  const { token } = JSON.parse(body) as { token: string };
  if (token.endsWith('A') && decodeToken(token).claims._ !== undefined) return answer(response, {}, { status: 202 });
  const wanted = `A${/A*$/.exec(token)?.[0]}`;
  const message = `Proof of work required: token must end with '${wanted}' (${wanted.length} chars)`;
  const error = { code: 'E-POW-REQUIRED', message };
  json(response, { error }, { status: 428 });
};

/** The tokens that were posted to a peer's inbox, in order. */
export function posted(peer: Peer): string[] {
  return peer.requests
    .filter(({ url }) => url.startsWith('/api/inbox'))
    .map(({ body }) => (JSON.parse(body) as { token: string }).token);
}
