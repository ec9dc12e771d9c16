import { actionId } from '../../src/protocol/content-id.ts';
import type { ActionClaims } from '../../src/protocol/token.ts';
import type { Instance, Peer } from './instance.ts';

export const TENANT = 'alice.test';

type Claims = Partial<ActionClaims> & { t: string };

/** What the rules are tried on: an identity with a public post and an open conversation. */
export interface World {
  alice: Instance;
  /** A public post of alice's. */
  post: string;
  /** An open conversation of alice's. */
  conversation: string;
  /** Seconds, growing: each token is newer than the one before. */
  now(): number;
  /** A peer that nobody has seen before. */
  stranger(): Peer;
  /** A peer that alice follows. */
  friend(): Promise<Peer>;
  /** An action of alice's own, in her store. */
  own(claims: Claims): Promise<string>;
}

export async function makeWorld(alice: Instance): Promise<World> {
  let second = alice.clock.now / 1000 - 1000;
  let peers = 0;
  const now = () => {
    second += 1;
    return second;
  };
  const stranger = () => {
    peers += 1;
    return alice.peer(`peer${peers}.test`);
  };
  const own = async (claims: Claims) => {
    const token = await alice.owner(TENANT).sign({ iat: now(), ...claims });
    const stored = { tenant: TENANT, actionId: actionId(token), token, receivedAt: alice.clock.now } as const;
    const visibility = (claims.v ?? 'F') as 'F';
    await alice.store.append([{ kind: 'action', ...stored, direction: 'out', status: 'A', visibility }]);
    return stored.actionId;
  };
  const friend = async () => {
    const peer = stranger();
    const relation = { following: true, follower: false, connected: false };
    await alice.store.append([
      { kind: 'relation', tenant: TENANT, peer: peer.idTag, ...relation, at: alice.clock.now },
    ]);
    return peer;
  };
  const post = await own({ t: 'POST:TEXT', c: 'hello', v: 'P' });
  const conversation = await own({ t: 'CONV', c: { name: 'Open' }, f: 'O', v: 'S' });
  return { alice, post, conversation, now, stranger, friend, own };
}

export const FILE = `f1~${'A'.repeat(43)}`;
export const UNKNOWN = `a1~${'A'.repeat(43)}`;

/** A sound action of each type, by this peer, for alice. A type of `action-types.json` without one fails the tests. */
export const SAMPLES: Record<string, (world: World, peer: Peer) => Omit<Claims, 't'> | Promise<Omit<Claims, 't'>>> = {
  FLLW: () => ({ aud: TENANT }),
  CONN: () => ({ aud: TENANT }),
  POST: () => ({ c: 'hello' }),
  REACT: ({ post }) => ({ aud: TENANT, sub: post }),
  CMNT: ({ post }) => ({ aud: TENANT, p: post, c: 'first' }),
  MSG: () => ({ aud: TENANT, c: 'hello' }),
  REPOST: (_, { idTag }) => ({ aud: idTag, sub: UNKNOWN }),
  APRV: () => ({ sub: UNKNOWN }),
  STAT: async (world, peer) => ({ p: await postOf(world, peer), c: { r: '1,L1' } }),
  FSHR: () => ({ aud: TENANT, sub: FILE, c: { contentType: 'a/b', fileName: 'x', fileTp: 'BLOB' } }),
  PRES: () => ({ sub: `@${TENANT}` }),
  CONV: () => ({ c: { name: 'Plans' } }),
  INVT: () => ({ aud: TENANT, sub: UNKNOWN }),
  SUBS: ({ conversation }) => ({ aud: TENANT, sub: conversation }),
  PRINVT: () => ({ aud: TENANT, c: { refId: 'r' } }),
  'IDP:REG': () => ({ aud: TENANT, c: { idTag: 'new.test' } }),
  APKG: () => ({ c: { name: 'app', version: '1' }, a: [FILE] }),
};

/** What has to be there before an action of a subtype is sound. */
export const BEFORE: Record<string, (world: World, peer: Peer) => Promise<unknown>> = {
  'CONN:ACC': ({ own }, { idTag }) => own({ t: 'CONN', aud: idTag }),
  'SUBS:UPD': async ({ alice, conversation, now }, peer) =>
    alice.send(await peer.sign({ t: 'SUBS', aud: TENANT, sub: conversation, iat: now() })),
};

/** A public post of the peer's, as it would be here if the peer were followed. */
async function postOf({ alice, now }: World, peer: Peer): Promise<string> {
  const token = await peer.sign({ t: 'POST:TEXT', c: 'mine', v: 'P', iat: now() });
  const stored = { tenant: TENANT, actionId: actionId(token), token, receivedAt: alice.clock.now } as const;
  await alice.store.append([{ kind: 'action', ...stored, direction: 'in', status: 'A', visibility: 'P' }]);
  return stored.actionId;
}

/** The sample, with its type; what it needs is there afterwards. */
export async function sample(world: World, peer: Peer, t: string, type: string): Promise<Claims> {
  await BEFORE[t]?.(world, peer);
  const make = SAMPLES[type];
  if (!make) throw new Error(`No sample of ${type}: add one, and its rules are tested`);
  return { t, ...(await make(world, peer)) };
}
