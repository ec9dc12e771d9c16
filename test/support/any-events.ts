import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { isKeyedByContent } from '../../src/protocol/action-types.ts';
import { contentId, actionId as idOfToken } from '../../src/protocol/content-id.ts';
import { type ActionEvent, DELIVERY_STATES, type JournalEvent, STATUSES } from '../../src/store/model/events.ts';
import type { Asked } from './store-answers.ts';
import { fakeToken } from './store-fixtures.ts';

const PEERS = ['alice.example', 'carol.example', 'dave.example'];
const TENANTS = ['bob.example', 'anna.example'];
const KINDS = [
  'POST',
  'MSG',
  'CMNT',
  'REACT:LIKE',
  'FLLW',
  'CONN',
  'SUBS',
  'INVT',
  'CONV',
  'REPOST',
  'POST:DEL',
  'FLLW:DEL',
  'SUBS:DEL',
  'APKG',
  'APKG:DEL',
  'IDP:REG',
];
const FILES = Array.from({ length: 4 }, (_, n) => {
  const blobId = contentId('b1', `blob ${n}`);
  const descriptor = `d2,vis.orig:${blobId}:f=jpeg:s=5:r=1x1`;
  return { fileId: contentId('f1', descriptor), descriptor, blobId };
});

const nat = fc.nat(1000);
const person = fc.nat(PEERS.length - 1);

/** What happens next, in numbers that {@link History} makes events of. */
export const anyStep = fc.record({
  kind: fc.constantFrom(
    ...['action', 'action', 'action', 'alias', 'status', 'status', 'relation', 'treatment', 'peer'],
    ...['delivery', 'delivery', 'delivery', 'delivery', 'deliveries', 'parked', 'retried', 'unparked', 'file', 'fetch'],
  ),
  tenant: fc.nat(TENANTS.length - 1),
  peer: person,
  of: nat,
  other: nat,
  choice: nat,
  flags: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
  later: fc.nat(50),
});
export type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;

/** Makes events of numbers, each with something that was there before. */
export class History {
  now = 1_700_000_000_000;
  readonly #actions: { tenant: string; actionId: string; token: string }[] = [];
  readonly #parked: { tenant: string; actionId: string }[] = [];
  readonly #tokens: string[] = [];
  readonly #attempts = new Map<string, number>();

  /** The event of a step; null when there is nothing yet that it could be about. */
  event(step: Step): JournalEvent | null {
    this.now += step.later;
    const at = this.now;
    const tenant = TENANTS[step.tenant] as string;
    const peer = PEERS[step.peer] as string;
    const known = this.#actions.filter((action) => action.tenant === tenant);
    const one = known[step.of % Math.max(1, known.length)];
    const file = FILES[step.of % FILES.length] as (typeof FILES)[number];
    const [first, second, third] = step.flags;
    switch (step.kind) {
      case 'action':
        return this.#action(step, tenant, peer, one?.actionId);
      case 'alias': {
        if (!one) return null;
        const token = `${one.token.slice(0, one.token.lastIndexOf('.'))}.${randomBytes(96).toString('base64url')}`;
        this.#tokens.push(token);
        return { kind: 'alias', tenant, actionId: idOfToken(token), token, at };
      }
      case 'status': {
        const status = first ? 'D' : (STATUSES[step.choice % STATUSES.length] as (typeof STATUSES)[number]);
        return one ? { kind: 'status', tenant, actionId: one.actionId, status, at } : null;
      }
      case 'relation':
        return { kind: 'relation', tenant, peer, following: first, follower: second, connected: third, at };
      case 'treatment':
        return { kind: 'treatment', tenant, peer, blocked: first, muted: second, at };
      case 'peer': {
        const profilePic = file.fileId;
        return {
          kind: 'peer',
          tenant,
          idTag: peer,
          name: `${step.choice % 3}`,
          type: 'person',
          ...(first && { profilePic }),
          at,
        };
      }
      case 'delivery':
        return one ? this.#delivery(step, tenant, peer, one.actionId) : null;
      case 'deliveries':
        if (!one) return null;
        return {
          kind: 'deliveries',
          tenant,
          actionId: one.actionId,
          to: PEERS.filter((_, n) => step.flags[n]),
          nextAt: at + step.choice,
          ...(first && { related: [one.token] }),
          at,
        };
      case 'parked': {
        const token = fakeToken({ iss: peer, c: `parked ${step.choice}` });
        this.#tokens.push(token);
        const actionId = idOfToken(token);
        this.#parked.push({ tenant, actionId });
        const related = one && first ? [one.token, token] : undefined;
        const times = { attempts: 1, nextAt: at + step.choice, at };
        return { kind: 'parked', tenant, actionId, token, ...(related && { related }), issuer: peer, ...times };
      }
      case 'retried':
      case 'unparked': {
        const parked = this.#parked[step.of % Math.max(1, this.#parked.length)];
        if (!parked) return null;
        if (step.kind === 'unparked') return { kind: 'unparked', ...parked, outcome: 'stored', at };
        return { kind: 'retried', ...parked, attempts: 2 + step.choice, nextAt: at + step.choice, at };
      }
      case 'file': {
        const { blobId: _, ...named } = file;
        const rest = { fileName: `${step.choice % 3}`, contentType: 'image/jpeg', ...(first && { owner: peer }), at };
        return { kind: 'file', tenant, ...named, ...rest };
      }
      default: {
        const state = (['queued', 'refused', 'expired'] as const)[step.choice % 3] ?? 'queued';
        const error = { code: 'peer.refused' as const, message: 'no' };
        return {
          kind: 'fetch',
          tenant,
          fileId: file.fileId,
          from: peer,
          state,
          attempts: 1 + (step.other % 4),
          error,
          at,
        };
      }
    }
  }

  /** All that may be asked for. */
  get asked(): Asked {
    return {
      tenants: TENANTS,
      tokens: this.#tokens,
      actionIds: this.#tokens.map(idOfToken),
      fileIds: FILES.map(({ fileId }) => fileId),
      blobIds: FILES.map(({ blobId }) => blobId),
      peers: PEERS,
      keys: [
        ...PEERS.flatMap((peer) => TENANTS.map((tenant) => `FLLW:${peer}:${tenant}`)),
        ...[0, 1, 2].map((name) => `APKG:${name}`),
        ...PEERS.flatMap((peer) => TENANTS.map((tenant) => `IDP:REG:${peer}:${tenant}:1`)),
      ],
      now: this.now,
    };
  }

  #action({ kind: _, ...step }: Step, tenant: string, peer: string, about: string | undefined): ActionEvent {
    const [first, second, third] = step.flags;
    const t = KINDS[step.choice % KINDS.length] as string;
    const file = FILES[step.other % FILES.length]?.fileId as string;
    const token = fakeToken({
      iss: third ? tenant : peer,
      t,
      iat: Math.floor(this.now / 1000) - (step.other % 5),
      // Some types have a key that is made of it.
      c: isKeyedByContent(t.replace(':DEL', ''))
        ? { name: `${step.other % 3}`, idTag: `${step.other % 3}`, note: `${this.#tokens.length}` }
        : { role: 'member', text: `content ${this.#tokens.length}` },
      ...(first && { aud: tenant }),
      ...(second && about !== undefined && { p: about }),
      ...(third && { sub: about ?? file, f: 'cr' }),
      ...(step.other % 3 === 0 && { a: [file] }),
      ...(step.other % 4 === 0 && { exp: Math.floor(this.now / 1000) + (step.other % 7) - 70 }),
      ...(step.other % 2 === 0 && { v: 'P' }),
    });
    this.#tokens.push(token);
    const actionId = idOfToken(token);
    this.#actions.push({ tenant, actionId, token });
    const status = STATUSES[step.of % 8] ?? 'A';
    const direction = third ? 'out' : 'in';
    return { kind: 'action', tenant, actionId, token, direction, receivedAt: this.now, status };
  }

  #delivery(step: Step, tenant: string, to: string, actionId: string): JournalEvent {
    const name = `${tenant} ${actionId} ${to}`;
    const [isAttempt, fails, named] = step.flags;
    const attempts = (this.#attempts.get(name) ?? 0) + Number(isAttempt);
    this.#attempts.set(name, attempts);
    const state = fails ? 'queued' : (DELIVERY_STATES[step.choice % DELIVERY_STATES.length] ?? 'queued');
    const error = { code: 'network.refused' as const, message: `${step.choice}` };
    const related = this.#actions[step.other % this.#actions.length]?.token as string;
    return {
      kind: 'delivery',
      tenant,
      actionId,
      to,
      state,
      attempts,
      ...(state === 'queued' && { nextAt: this.now + step.choice }),
      ...(named && { queuePlace: this.now - step.other, related: [related] }),
      ...(isAttempt && fails && { error, peerNextAt: this.now + step.other }),
      at: this.now,
    };
  }
}
