import { setTimeout as sleep } from 'node:timers/promises';
import { createKeyResolver } from '../../../src/federation/keys/key-resolver.ts';
import type { PeerApi } from '../../../src/federation/peer/api.ts';
import type { FetchedProfile } from '../../../src/federation/peer/profile-api.ts';
import { CloudilloError } from '../../../src/protocol/errors.ts';
import { idTagToAscii } from '../../../src/protocol/id-tag.ts';
import { makeOwnPeer } from '../../../src/sandbox/peers/own-peer.ts';
import { ALL_CASES } from '../../../src/services/conformance/all-cases.ts';
import type { CaseResult } from '../../../src/services/conformance/case.ts';
import { type PlanInput, planCases } from '../../../src/services/conformance/plan.ts';
import { answerOf, bytesOf, jsonType } from '../../../src/services/conformance/remote-target.ts';
import { runCases } from '../../../src/services/conformance/run-cases.ts';
import {
  type Answer,
  type Ask,
  type BusAsk,
  type BusTalk,
  MOVED_PROFILE,
  type PublishedKey,
  type Target,
} from '../../../src/services/conformance/target.ts';
import { startDeliveryWorker } from '../../../src/services/delivery/delivery-worker.ts';
import type { SettingsInput } from '../../../src/store/settings/settings.ts';
import { dial } from '../../server/bus/client.ts';
import { type Instance, startInstance } from '../../support/instance.ts';

/** What stands between the suite and the server: it may answer by itself, change what is asked, and change the answer. */
export interface Wrapper {
  ask?: (ask: Ask, pass: (ask: Ask) => Promise<Answer>, owner: string) => Promise<Answer>;
  bus?: (ask: BusAsk, pass: (ask: BusAsk) => Promise<BusTalk>, owner: string) => Promise<BusTalk>;
  /** What stands between the server and the peers. */
  deliver?: (sent: Sent, pass: (sent: Sent) => Promise<void>) => Promise<void>;
  followsRedirects?: true;
  /** The keys that the server sees in the profile of a peer. */
  fetched?: (idTag: string, keys: readonly PublishedKey[]) => readonly PublishedKey[];
}

/** A token on its way to a peer. */
export interface Sent {
  to: string;
  token: string;
  related: string[];
}

type SuitePeer = ReturnType<typeof makeOwnPeer>;
/** How long the server's workers get in each pause, milliseconds. */
const TURN = 5;

const IDENTITY = 'bob.test';
/** What a run may do where nobody minds. */
const EVERYTHING: PlanInput = { only: [], skip: [], write: true, own: true, mayBan: false };

/** Our server in this process with two peers, behind a wrapper. */
export async function startSuite(
  wrapper: Wrapper = {},
  settings: SettingsInput = {},
): Promise<{ instance: Instance; target: Target }> {
  let now = () => 0;
  const peers: SuitePeer[] = [];
  const clock = { wall: () => now(), monotonic: () => now() };
  const keyResolver = createKeyResolver({ api: { fetchProfile: profilesOf(peers, wrapper) }, clock });
  const instance = await startInstance({ idTags: [IDENTITY], keyResolver, settings });
  now = () => instance.clock.now;
  for (const idTag of ['eve.test', 'mallory.test']) peers.push(makeOwnPeer(idTag, now));
  const owner = await instance.bearer();
  const pass = (ask: Ask) => inject(instance, ask);
  const talk = (ask: BusAsk) => talkTo(instance, ask);
  const { ask = (asked, on) => on(asked), bus = (asked, on) => on(asked) } = wrapper;
  const stop = startDelivery(instance, peers, wrapper);
  const target: Target = {
    ...{ idTag: IDENTITY, peers, owner, now },
    ask: (asked) => ask(asked, pass, owner),
    bus: (asked) => bus(asked, talk, owner),
    async pause(ms) {
      // The workers of the server run in this process, too.
      await sleep(TURN);
      instance.clock.now += ms;
    },
  };
  const close = async () => {
    await stop();
    await instance.close();
  };
  return { instance: { ...instance, close }, target };
}

/** Delivers to the peers what is queued. @returns what ends it */
function startDelivery(instance: Instance, peers: readonly SuitePeer[], wrapper: Wrapper): () => Promise<void> {
  const { deliver = (sent, on) => on(sent) } = wrapper;
  const stopped = new AbortController();
  const postInbox: PeerApi['postInbox'] = async (to, token, { related = [] } = {}) => {
    const peer = peers.find(({ idTag }) => idTag === to);
    if (!peer) throw new CloudilloError('dns.nxdomain', `${to} does not exist`, { stage: 'dns' });
    await deliver({ to, token, related: [...related] }, async (sent) => {
      const body = JSON.stringify({ token: sent.token, ...(sent.related.length > 0 && { related: sent.related }) });
      peer.own.received.push({ method: 'POST', path: '/api/inbox', body });
    });
    return { status: 202 } as Awaited<ReturnType<PeerApi['postInbox']>>;
  };
  const { clock, ...others } = instance;
  const clocks = { wall: () => clock.now, monotonic: () => clock.now };
  const deps = { ...others, clock: clocks, api: { postInbox } as unknown as PeerApi, log: () => {} };
  const ended = startDeliveryWorker(deps, stopped.signal);
  return async () => {
    stopped.abort();
    await ended;
  };
}

/** Makes cases against our server behind a wrapper. */
export async function runSuite(
  wrapper: Wrapper,
  input: Partial<PlanInput> = {},
  settings: SettingsInput = {},
): Promise<CaseResult[]> {
  const { instance, target } = await startSuite(wrapper, settings);
  try {
    return await runCases(target, planCases(ALL_CASES, target, { ...EVERYTHING, ...input }), () => {});
  } finally {
    await instance.close();
  }
}

async function inject({ app }: Instance, { method = 'GET', path, app: atApp, headers = {}, body, bearer }: Ask) {
  const response = await app.inject({
    method,
    url: path,
    headers: {
      host: atApp ? idTagToAscii(IDENTITY) : `cl-o.${idTagToAscii(IDENTITY)}`,
      ...jsonType(body, headers),
      ...headers,
      ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
    },
    ...(body !== undefined && { payload: bytesOf(body) }),
  });
  const texts = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
  return answerOf(response.statusCode, Object.fromEntries(texts), response.rawPayload);
}

async function talkTo(instance: Instance, { bearer, send, frames, meanwhile }: BusAsk): Promise<BusTalk> {
  const client = await dial(instance, { tenant: IDENTITY, ...(bearer !== undefined && { bearer }) });
  let closed: number | null = null;
  const ended = client.closed.then(({ code }) => {
    closed = code;
  });
  for (const text of send) client.socket.send(text);
  await meanwhile?.();
  const enough = (async () => {
    for (let count = 0; count < frames; count += 1) await client.next();
  })();
  await Promise.race([enough, ended]);
  client.socket.terminate();
  return { frames: client.frames.map((frame) => JSON.stringify(frame)), closed };
}

/** Fetches profiles of peers as an instance does, and lets them note it. */
function profilesOf(
  peers: readonly SuitePeer[],
  { followsRedirects, fetched = (_, keys) => keys }: Wrapper,
): PeerApi['fetchProfile'] {
  const fetch = async (idTag: string): Promise<FetchedProfile> => {
    const peer = peers.find((one) => one.idTag === idTag);
    if (!peer) throw new CloudilloError('dns.nxdomain', `${idTag} does not exist`, { stage: 'dns' });
    peer.own.received.push({ method: 'GET', path: '/api/me', body: '' });
    if (peer.own.moved) {
      if (!followsRedirects) throw new CloudilloError('network.redirect', `${idTag} has moved`, { stage: 'response' });
      peer.own.received.push({ method: 'GET', path: MOVED_PROFILE, body: '' });
    }
    const profile = { idTag, name: idTag, type: 'person' as const, keys: [...fetched(idTag, peer.own.published)] };
    return { notModified: false, profile, etag: null, raw: '', response: {} as FetchedProfile['response'] };
  };
  return fetch as PeerApi['fetchProfile'];
}
