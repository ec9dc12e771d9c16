import type { KeyResolver } from '../../src/federation/keys/key-resolver.ts';
import { type ErrorObject, errorToObject } from '../../src/protocol/errors.ts';
import { exportPrivateKey, exportPublicKey, generateKeyPair } from '../../src/protocol/keys.ts';
import { decodeToken } from '../../src/protocol/token.ts';
import type { CreateDeps } from '../../src/services/actions/create-action.ts';
import { createInbox } from '../../src/services/inbox/create-inbox.ts';
import type { InboxDeps } from '../../src/services/inbox/inbox-deps.ts';
import { receiveAction } from '../../src/services/inbox/receive-action.ts';
import { createSigner } from '../../src/services/keys/sign.ts';
import { createRuntime } from '../../src/services/runtime/runtime.ts';
import { openMemoryStore, type Store } from '../../src/store/engine/store.ts';
import type { Identity } from '../../src/store/identities/identity-document.ts';
import type { Relation } from '../../src/store/model/rows.ts';
import { resolveSettings, type SettingsInput } from '../../src/store/settings/settings.ts';
import { clockOf } from './clock.ts';
import { keptArrivals } from './kept-arrivals.ts';

const KEY_ID = '261122';

/** An identity with a store, a signer and an inbox of its own. */
export interface Person extends CreateDeps {
  idTag: string;
  store: Store;
  inbox: InboxDeps;
  /** What was sent to it live and kept nowhere. */
  heard: string[];
}

/** A delivery as it went. */
export interface Arrived {
  from: string;
  to: string;
  /** `POST:TEXT`. */
  t: string;
  outcome: string;
  error: ErrorObject | null;
}

/** Identities that send each other what they say: everything is real but the wire. */
export interface InMemoryNetwork {
  clock: { now: number };
  person(idTag: string, settings?: SettingsInput): Person;
  /** Delivers whatever is queued, until nothing is. */
  deliver(): Promise<Arrived[]>;
  /** As it is stored by both, without any action: who follows whom. */
  relate(one: Person, other: Person, relation: Partial<Omit<Relation, 'peer' | 'at'>>): Promise<void>;
  resolver: KeyResolver;
}

export function createInMemoryNetwork(): InMemoryNetwork {
  const clock = { now: Date.UTC(2026, 10, 22, 18) };
  const people = new Map<string, Person>();
  const keys = new Map<string, Awaited<ReturnType<KeyResolver['resolve']>>>();
  const resolver: KeyResolver = {
    async resolve(issuer) {
      const known = keys.get(issuer);
      if (!known) throw new Error(`nobody is called ${issuer}`);
      return known;
    },
  };

  function person(idTag: string, flags: SettingsInput = {}): Person {
    const { privateKey, publicKey } = generateKeyPair();
    keys.set(idTag, { key: { keyId: KEY_ID, publicKey }, source: 'cache' });
    const now = () => clock.now;
    const store = openMemoryStore({ now });
    const createdAt = new Date(clock.now - 1000).toISOString();
    const key = { keyId: KEY_ID, publicKey: exportPublicKey(publicKey, 'wire'), createdAt };
    const identity: Identity = { idTag, name: idTag, type: 'person', createdAt, keys: [key] };
    const pem = exportPrivateKey(privateKey);
    const identities = { read: async () => identity, readPrivateKeyPem: async () => pem };
    const signer = createSigner({ identities, clock: clockOf(now) });
    const { values: settings } = resolveSettings(flags, {}, {}, '/nowhere');
    const log = () => {};
    const runtime = createRuntime();
    const heard: string[] = [];
    const disk = {
      rooms: async () => [],
      writeProblem: async () => null,
      writeProblems: async () => [],
      readOnly: false,
    };
    const api = {
      postInbox: async (to: string, token: string) => {
        people.get(to)?.heard.push(token);
      },
    } as unknown as CreateDeps['api'];
    const inbox = createInbox({
      ...runtime,
      store,
      keyResolver: resolver,
      signer,
      clock: clockOf(now),
      log,
      settings,
      disk,
      arrivals: keptArrivals(),
    });
    const made: Person = { ...runtime, idTag, store, signer, clock: clockOf(now), log, api, inbox, heard };
    people.set(idTag, made);
    return made;
  }

  async function deliverOnce(): Promise<Arrived[]> {
    const arrived: Arrived[] = [];
    for (const { idTag: from, store } of people.values()) {
      for (const delivery of store.deliveries({ tenant: from, state: 'queued' })) {
        const { actionId, to } = delivery;
        const action = await store.action(from, actionId);
        const related = delivery.hasRelated ? await store.deliveryRelated(delivery) : [];
        const { outcome, error } = await give(to, action?.token ?? '', related);
        arrived.push({ from, to, t: String(decodeToken(action?.token ?? '').claims.t), outcome, error });
        const state = error ? 'refused' : 'delivered';
        await store.append([{ kind: 'delivery', tenant: from, actionId, to, state, attempts: 1, at: clock.now }]);
      }
    }
    return arrived;
  }

  async function give(to: string, token: string, related: string[]) {
    const recipient = people.get(to);
    if (!recipient) return { outcome: 'nobody', error: null };
    try {
      const { outcome } = await receiveAction(recipient.inbox, { tenant: to, token, related, origin: 'sync' });
      return { outcome: outcome as string, error: null };
    } catch (error) {
      return { outcome: 'refused', error: errorToObject(error) };
    }
  }

  return {
    clock,
    person,
    resolver,
    async deliver() {
      const all: Arrived[] = [];
      for (;;) {
        const round = await deliverOnce();
        if (round.length === 0) return all;
        all.push(...round);
        clock.now += 1000;
      }
    },
    async relate(one, other, relation) {
      const none = { following: false, follower: false, connected: false };
      const mirrored = {
        following: relation.follower ?? false,
        follower: relation.following ?? false,
        connected: relation.connected ?? false,
      };
      const at = clock.now;
      await one.store.append([{ kind: 'relation', tenant: one.idTag, peer: other.idTag, ...none, ...relation, at }]);
      await other.store.append([{ kind: 'relation', tenant: other.idTag, peer: one.idTag, ...mirrored, at }]);
    },
  };
}
