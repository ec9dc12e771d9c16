/**
 * Tells which events of the journal a compaction removes. Without them a replay makes the same index, whichever segments were rewritten
 * when it was cut off. So an event goes when nothing came of it, or when an event that stays says the opposite of all that it did.
 */
import { actionId as idOfToken } from '../../protocol/content-id.ts';
import { signingInputHash } from '../../protocol/token.ts';
import type { ActionTable } from '../index/action-table.ts';
import { NONE } from '../index/references.ts';
import type { TenantIndex } from '../index/tenant-index.ts';
import type { Edited } from '../journal/journal.ts';
import { decodeEvent, encodeEvent } from '../model/event-codecs.ts';
import {
  type ActionEvent,
  type AliasEvent,
  type DeliveriesEvent,
  type DeliveryEvent,
  type ErasedEvent,
  type JournalEvent,
  type JournalRecord,
  type ParkedEvent,
  unhandledEvent,
} from '../model/events.ts';
import { traceOf, twinOf } from './traces.ts';

/** What a compaction knows of the store. */
export interface Present {
  /** The index of a tenant as it is now. */
  tenant(tenant: string): TenantIndex;
  /** Whether an action is erased, or would be. */
  isErased(tenant: string, row: number): boolean;
  /** Whether there is a delivery that isn't forgotten, and wouldn't be. */
  hasDelivery(tenant: string, actionId: string, to: string): boolean;
  /**
   * Peers with queued deliveries that have failed: when these go depends on all that was sent to the peer, and that it sent. Nothing
   * about their deliveries is removed.
   */
  busyPeers: ReadonlySet<string>;
}

/** Events whose removal alone is no reason to rewrite a segment. */
const SMALL: ReadonlySet<JournalEvent['kind']> = new Set(['status', 'relation', 'treatment', 'peer', 'file', 'fetch']);

/** Looks at all records of a journal, in order. */
export class DeadEvents {
  readonly #present: Present;
  /** Rows whose first event was seen. It keeps their order. */
  readonly #seen = new Set<string>();
  readonly #tenants = new Set<string>();
  /** Parked tokens that are in the journal up to here. */
  readonly #parked = new Set<string>();
  /** Actions of which there is a trace instead of a token. */
  readonly #traces = new Set<string>();

  constructor(present: Present) {
    this.#present = present;
  }

  /** What becomes of a record. @returns null: it stays as it is */
  edit(record: JournalRecord): Edited | null {
    let decoded: (JournalEvent | null)[];
    try {
      // Decoding may rename fields. What stays is written as it was read.
      decoded = record.e.map((event) => event && decodeEvent({ ...event }));
    } catch {
      // This version can't use it, and reports it as damage. It stays.
      return null;
    }
    let isNeeded = false;
    let isChanged = false;
    const events = decoded.map((event, index) => {
      const stays = event && (this.#stays(event) ?? this.#firstOfTenant(event, record.at));
      if (event) this.#tenants.add(event.tenant);
      if (stays === event) return event && JSON.stringify(record.e[index]);
      isChanged = true;
      if (event && !SMALL.has(event.kind)) isNeeded = true;
      return stays && encodeEvent(stays);
    });
    return isChanged ? { events, isNeeded } : null;
  }

  /** The first event of a tenant gives it its place among them. An empty one does so, too. */
  #firstOfTenant({ tenant }: JournalEvent, at: number): JournalEvent | null {
    return this.#tenants.has(tenant) ? null : { kind: 'erased', tenant, actionIds: [], at };
  }

  /** @returns the same event; what stays of it; null */
  #stays(event: JournalEvent): JournalEvent | null {
    switch (event.kind) {
      case 'action':
        return this.#isErased(event) ? traceOf(event) : event;
      case 'alias':
        return this.#isErased(event) ? twinOf(event) : event;
      case 'trace':
        this.#traces.add(`${event.tenant} ${event.actionId}`);
        return event;
      case 'status': {
        const { actions } = this.#present.tenant(event.tenant);
        const row = actions.find(event.actionId);
        // A later event set another one.
        return row !== NONE && actions.statusOf(row) !== event.status ? null : event;
      }
      case 'relation':
      case 'treatment':
      case 'peer':
      case 'file':
        return this.#isFirst(event) || this.#isPresent(event) ? event : null;
      case 'fetch':
        return this.#present.tenant(event.tenant).files.fetch(event.fileId) ? event : null;
      case 'parked':
        this.#parked.add(nameOf(event));
        return this.#isParked(event) ? this.#withoutRelated(event) : null;
      case 'retried':
        return this.#isParked(event) ? event : null;
      case 'unparked':
        // It stays as long as the token is there that it ends.
        return this.#parked.delete(nameOf(event)) ? event : null;
      case 'delivery':
        return this.#isDelivery(event, event.to) ? this.#withoutRelated(event) : null;
      case 'deliveries':
        return this.#withoutRecipients(event);
      case 'erased':
        return this.#withoutTraces(event);
      case 'twin':
      case 'forgotten':
      case 'circuits':
        return event;
      default:
        return unhandledEvent(event);
    }
  }

  #isErased({ tenant, actionId, token }: ActionEvent | AliasEvent): boolean {
    const { actions } = this.#present.tenant(tenant);
    const byId = actions.find(actionId);
    const row = byId === NONE ? actions.findSigning(signingInputHash(token)) : byId;
    return row !== NONE && this.#present.isErased(tenant, row);
  }

  #isFirst(event: Extract<JournalEvent, { kind: 'relation' | 'treatment' | 'peer' | 'file' }>): boolean {
    const name = `${event.tenant} ${event.kind} ${rowNameOf(event)}`;
    if (this.#seen.has(name)) return false;
    this.#seen.add(name);
    // A file that was erased has no row whose order would be kept.
    return event.kind !== 'file' || this.#present.tenant(event.tenant).files.of(event.fileId) !== null;
  }

  /** Whether the row is what the event made it. Otherwise a later event changed it. */
  #isPresent(event: Extract<JournalEvent, { kind: 'relation' | 'treatment' | 'peer' | 'file' }>): boolean {
    const index = this.#present.tenant(event.tenant);
    switch (event.kind) {
      case 'relation':
        return isPartOf(index.relation(event.peer), event);
      case 'treatment':
        return isPartOf(index.treatment(event.peer), event);
      case 'peer':
        return isPartOf(index.peer(event.idTag), { ...event, profilePic: event.profilePic ?? null });
      case 'file':
        return isPartOf(index.files.of(event.fileId), event);
      default:
        return unhandledEvent(event);
    }
  }

  #isParked({ tenant, actionId }: { tenant: string; actionId: string }): boolean {
    return this.#present.tenant(tenant).parkedPosition(actionId) !== null;
  }

  #isDelivery({ tenant, actionId }: { tenant: string; actionId: string }, to: string): boolean {
    return this.#present.busyPeers.has(to) || this.#present.hasDelivery(tenant, actionId, to);
  }

  #withoutRecipients(event: DeliveriesEvent): DeliveriesEvent | null {
    const to = event.to.filter((peer) => this.#isDelivery(event, peer));
    if (to.length === 0) return null;
    return this.#withoutRelated(to.length === event.to.length ? event : { ...event, to });
  }

  /** Related tokens of erased actions are emptied. Their number stays. */
  #withoutRelated<E extends DeliveryEvent | DeliveriesEvent | ParkedEvent>(event: E): E {
    const { tenant, related } = event;
    const { actions } = this.#present.tenant(tenant);
    const isGone = (token: string) =>
      token !== '' && isErasedToken(actions, token, (row) => this.#present.isErased(tenant, row));
    if (!related?.some(isGone)) return event;
    const emptied = { ...event, related: related.map((token) => (isGone(token) ? '' : token)) };
    if (event.kind !== 'parked') return emptied;
    const { token, bytes = related.reduce((sum, { length }) => sum + length, token.length) } = event as ParkedEvent;
    return { ...emptied, bytes };
  }

  /** A trace says by itself that the action is erased. */
  #withoutTraces(event: ErasedEvent): ErasedEvent | null {
    const actionIds = event.actionIds.filter((actionId) => !this.#traces.has(`${event.tenant} ${actionId}`));
    if (actionIds.length === event.actionIds.length) return event;
    return actionIds.length === 0 && !event.fileIds ? null : { ...event, actionIds };
  }
}

/** Whether a token is one of an erased action. */
export function isErasedToken(actions: ActionTable, token: string, isErased: (row: number) => boolean): boolean {
  const row = actions.find(idOfToken(token));
  return row !== NONE && isErased(row);
}

function nameOf({ tenant, actionId }: { tenant: string; actionId: string }): string {
  return `${tenant} ${actionId}`;
}

function rowNameOf(event: Extract<JournalEvent, { kind: 'relation' | 'treatment' | 'peer' | 'file' }>): string {
  switch (event.kind) {
    case 'peer':
      return event.idTag;
    case 'file':
      return event.fileId;
    default:
      return event.peer;
  }
}

/** Whether every field of a row is that of the event. */
function isPartOf(row: object | null, event: object): boolean {
  const fields = event as Record<string, unknown>;
  return row !== null && Object.entries(row).every(([name, value]) => fields[name] === value);
}
