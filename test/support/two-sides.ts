import { request } from 'node:https';
import { Chalk } from 'chalk';
import { onTestFinished } from 'vitest';
import { renderStory } from '../../src/cli/render/explain.ts';
import { apiHost } from '../../src/protocol/id-tag.ts';
import type { ActionClaims } from '../../src/protocol/token.ts';
import { decodeToken } from '../../src/protocol/token.ts';
import { startServer } from '../../src/server/listen.ts';
import { deliverOne } from '../../src/services/delivery/deliver.ts';
import { findDelivery } from '../../src/services/delivery/delivery-report.ts';
import { createInbox } from '../../src/services/inbox/create-inbox.ts';
import type { InboxDeps } from '../../src/services/inbox/inbox-deps.ts';
import { explainArrival, type Story } from '../../src/services/reading/explain-arrival.ts';
import type { Delivery } from '../../src/store/model/rows.ts';
import type { SettingsInput } from '../../src/store/settings/settings.ts';
import { resolveSettings } from '../../src/store/settings/settings.ts';
import { type Lab, startLab, trustedAuthority } from './lab.ts';
import { makeIdentity, save, servePeer, type TestIdentity } from './lab-identity.ts';
import { type OwnInstance, ownInstance } from './own-instance.ts';

/** A server that receives and an instance that sends, with real connections between them. */
export interface TwoSides {
  lab: Lab;
  /** The receiver: its server listens, with rate limits. */
  alice: OwnInstance;
  inbox: InboxDeps;
  /** Where its server listens. */
  port: number;
  /** The sender. */
  bob: OwnInstance;
  /** Who signs. The profile that the receiver fetches is the one in it. */
  identity: TestIdentity;
  /** Stores a token as the sender's own and makes one attempt to deliver it. */
  send(token: string | (Partial<ActionClaims> & { t: string }), how?: SendHow): Promise<Delivery>;
}

/** How a token is sent. */
export interface SendHow {
  to?: string;
  related?: string[];
  sync?: boolean;
  /** The ID that the sender knows it by, of a token that can't be decoded. */
  as?: string;
}

/** Starts both. @param settings of the receiver */
export async function startTwoSides(settings: SettingsInput = {}): Promise<TwoSides> {
  const lab = await startLab();
  const [alice, bob] = [await ownInstance(lab), await ownInstance(lab, ['bob.test'])];
  alice.settings = resolveSettings({ rateLimits: true, ...settings }, {}, {}, alice.home).values;
  const { cert, key } = await (await trustedAuthority()).issue(['alice.test', 'cl-o.alice.test', 'cl-o.carol.test']);
  const inbox = createInbox(alice);
  const server = await startServer(
    {
      ...alice,
      inbox,
      rateLimits: alice.settings.rateLimits,
      trustedProxies: [],
      maxFileBytes: () => alice.settings.files.maxBytes,
      ready: () => true,
    },
    { host: '127.0.0.1', port: 0, tls: { cert: save('cert.pem', cert), key: save('key.pem', key) } },
  );
  onTestFinished(async () => {
    await server.stop();
    await alice.arrivals.close();
  });
  await alice.arrivals.open();
  lab.know('alice.test', server.port);
  const identity = makeIdentity('bob.test');
  await servePeer(lab, identity);
  const send: TwoSides['send'] = async (what, { to = 'alice.test', related, sync = true, as } = {}) => {
    const token = typeof what === 'string' ? what : await identity.sign(what);
    const actionId = as ?? decodeToken(token).actionId;
    const at = bob.clock.wall();
    const own = { tenant: 'bob.test', actionId };
    const queued = { state: 'queued', attempts: 0, nextAt: at, at, ...(related && { related }) } as const;
    await bob.store.append([
      { kind: 'action', ...own, token, direction: 'out', receivedAt: at, status: 'A' },
      { kind: 'delivery', ...own, to, ...queued },
    ]);
    const delivery = findDelivery(bob.store, 'bob.test', actionId, to) as Delivery;
    await deliverOne(bob, delivery, { sync, retry: false });
    return findDelivery(bob.store, 'bob.test', actionId, to) as Delivery;
  };
  return { lab, alice, inbox, port: server.port, bob, identity, send };
}

/** What `explain` says, as data and as text. */
export async function explained(own: OwnInstance, what: string, any = false): Promise<{ story: Story; text: string }> {
  const story = await explainArrival(own, { what, any });
  return { story, text: renderStory(story, own.clock.wall() / 1000, new Chalk({ level: 0 })).join('\n') };
}

/** Posts to the inbox of the receiver, past what an honest sender would send. @returns the answer */
export function postRaw(
  port: number,
  body: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string; requestId: string }> {
  return new Promise((resolve, reject) => {
    const host = apiHost('alice.test');
    const sent = { host, 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) };
    const options = { port, host: '127.0.0.1', path: '/api/inbox', method: 'POST', servername: host };
    request({ ...options, rejectUnauthorized: false, headers: { ...sent, ...headers } }, async (answer) => {
      let text = '';
      for await (const chunk of answer) text += chunk;
      resolve({ status: answer.statusCode ?? 0, text, requestId: String(answer.headers['x-request-id']) });
    })
      .on('error', reject)
      .end(body);
  });
}
