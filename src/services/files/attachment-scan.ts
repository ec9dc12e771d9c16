/** Finds attached and shared files that are missing. */
import { setImmediate } from 'node:timers/promises';
import type { ActionRow } from '../../store/model/rows.ts';
import type { Store } from '../../store/model/store-interface.ts';
import { CARRIERS } from '../conversations/endorsement.ts';
import { ATTACHING, acceptedShares } from './wanted-file.ts';

type ScannedStore = Pick<
  Store,
  'tenants' | 'attachedFiles' | 'attachmentsOf' | 'row' | 'rows' | 'relation' | 'currentRelations'
>;

/** Called with each file that may be missing. */
type Found = (tenant: string, fileId: string) => void;

/** Files that are examined before the event loop gets a turn. */
const SLICE = 500;
/** How many known files each scan examines again: not everything that makes a file wanted is announced. */
const EXAMINED_AGAIN = 1_000;
/** An action with more attachments is skipped. */
const MAX_ATTACHMENTS = 64;

/** Finds files that may be missing. A scan examines what is new since the last scan and a part of the rest. */
export class AttachmentScan {
  readonly #store: ScannedStore;
  readonly #signal: AbortSignal;
  /** By tenant: how many attachments were examined, and the next one to examine again. */
  readonly #progress = new Map<string, { seen: number; again: number }>();
  /** Tenants and peers that wait to be examined. */
  readonly #peers = new Set<string>();
  #running: Promise<void> = Promise.resolve();

  constructor(store: ScannedStore, signal: AbortSignal) {
    this.#store = store;
    this.#signal = signal;
  }

  /** Examines earlier shares and all attachments, once after a start. */
  begin(found: Found): Promise<void> {
    for (const tenant of this.#store.tenants()) void this.#look(tenant, this.#shared(tenant), found);
    return this.next(found);
  }

  /** Runs the next scan; resolves when it is done. */
  next(found: Found): Promise<void> {
    for (const tenant of this.#store.tenants()) void this.#look(tenant, this.#attached(tenant), found);
    return this.#running;
  }

  /** Examines the attachments of a peer's actions and of its wall, after a relation with it began. */
  peer(tenant: string, peer: string, found: Found): Promise<void> {
    const name = `${tenant} ${peer}`;
    if (this.#peers.has(name)) return this.#running;
    this.#peers.add(name);
    return this.#look(tenant, this.#attachedBy(tenant, peer), found).finally(() => this.#peers.delete(name));
  }

  /** Calls `found` with each peer that has a relation with a tenant. */
  peers(found: (tenant: string, peer: string) => void): Promise<void> {
    for (const tenant of this.#store.tenants()) void this.#look(tenant, this.#related(tenant), found);
    return this.#running;
  }

  /** Resolves when no scan is running. */
  get idle(): Promise<void> {
    return this.#running;
  }

  #look(tenant: string, fileIds: Iterable<string | null>, found: Found): Promise<void> {
    this.#running = this.#running.then(async () => {
      let looked = 0;
      for (const fileId of fileIds) {
        if (this.#signal.aborted) return;
        if (fileId !== null) found(tenant, fileId);
        looked += 1;
        if (looked % SLICE === 0) await setImmediate();
      }
    });
    return this.#running;
  }

  *#attached(tenant: string): Generator<string> {
    const place = this.#progress.get(tenant) ?? { seen: 0, again: 0 };
    this.#progress.set(tenant, place);
    const before = place.seen;
    for (const fileId of this.#store.attachedFiles(tenant, before)) {
      place.seen += 1;
      yield fileId;
    }
    let left = Math.min(EXAMINED_AGAIN, before);
    for (const fileId of this.#store.attachedFiles(tenant, place.again)) {
      if (left === 0 || place.again >= before) break;
      left -= 1;
      place.again += 1;
      yield fileId;
    }
    if (place.again >= before) place.again = 0;
  }

  *#related(tenant: string): Generator<string> {
    for (const { peer } of this.#store.currentRelations(tenant)) yield peer;
  }

  *#shared(tenant: string): Generator<string | null> {
    for (const { subject } of this.#store.rows(tenant, acceptedShares(tenant))) yield subject;
  }

  *#attachedBy(tenant: string, peer: string): Generator<string | null> {
    for (const part of [{ issuer: peer }, { audience: peer }]) {
      for (const { actionId } of this.#store.rows(tenant, { ...part, types: [...ATTACHING] })) {
        yield* this.#store.attachmentsOf(tenant, actionId).slice(0, MAX_ATTACHMENTS);
        yield null;
      }
    }
  }
}

/** The files that an action attaches or shares. */
export function broughtBy(store: ScannedStore, tenant: string, row: ActionRow): string[] {
  if (row.type === 'FSHR' && row.status === 'A' && row.subject !== null) return [row.subject];
  if (row.direction !== 'in' || row.status === 'D' || !ATTACHING.has(row.type)) return [];
  return store.attachmentsOf(tenant, row.actionId).slice(0, MAX_ATTACHMENTS);
}

/** The files of the action that a carrier names. They may have arrived before anything made them wanted. */
export function carriedBy(store: ScannedStore, tenant: string, row: ActionRow): string[] {
  if (!CARRIERS.includes(row.type) || row.subject === null || row.status === 'D') return [];
  return store.attachmentsOf(tenant, row.subject).slice(0, MAX_ATTACHMENTS);
}

/** The peer that the tenant follows or is connected with since this new action; null for other actions. */
export function relatedBy(store: ScannedStore, tenant: string, row: ActionRow): string | null {
  if (row.subtype === 'DEL') return null;
  if (!(row.type === 'CONN' || (row.type === 'FLLW' && row.issuer === tenant))) return null;
  const peer = otherEnd(row, tenant);
  const relation = peer === null ? null : store.relation(tenant, peer);
  return relation?.following || relation?.connected ? peer : null;
}

/** The peer at the other end of an action. */
export function otherEnd({ issuer, audience }: ActionRow, tenant: string): string | null {
  return issuer === tenant ? audience : issuer;
}
