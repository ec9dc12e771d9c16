/** The index of one tenant. */
import { signingInputHash } from '../../protocol/token.ts';
import {
  type AliasEvent,
  type ErasedEvent,
  type JournalEvent,
  type ParkedEvent,
  type RetriedEvent,
  unhandledEvent,
} from '../model/events.ts';
import type { Parked, ParkedFilter, PeerRow, Relation, RelationCounts, StrangerUse, Treatment } from '../model/rows.ts';
import { ActionTable, type PreparedAction } from './action-table.ts';
import type { Circuits } from './circuits.ts';
import { DeliveryTable } from './delivery-table.ts';
import type { EventPosition } from './event-positions.ts';
import { FileTable } from './file-table.ts';
import { hashIn } from './prepare.ts';
import { NONE } from './references.ts';
import type { SectionSink, SectionSource } from './sections.ts';
import type { StrangerUses } from './stranger-uses.ts';
import { TreatmentTable } from './treatment-table.ts';

interface ParkedRow extends Parked {
  position: EventPosition;
}

/** What the tenants of a home share. */
interface OfAllTenants {
  circuits: Circuits;
  strangers: StrangerUses;
}

/** Everything that is known of one tenant. */
export class TenantIndex {
  readonly tenant: string;
  readonly actions: ActionTable;
  readonly deliveries: DeliveryTable;
  readonly files = new FileTable();
  readonly #relations = new Map<string, Relation>();
  /** The peers with a current relation. */
  readonly #related = new Set<string>();
  readonly #relationCounts: RelationCounts = { following: 0, followers: 0, connected: 0 };
  readonly #treatments = new TreatmentTable();
  readonly #peers = new Map<string, PeerRow>();
  readonly #parked = new Map<string, ParkedRow>();
  #unparkedBytes = 0;

  readonly #circuits: Circuits;
  readonly #strangers: StrangerUses;

  constructor(tenant: string, seed: Uint32Array, { circuits, strangers }: OfAllTenants) {
    this.tenant = tenant;
    this.actions = new ActionTable(seed);
    this.deliveries = new DeliveryTable(seed, circuits);
    this.#circuits = circuits;
    this.#strangers = strangers;
  }

  /** Applies one event. @param prepared for an action event: the parts of its token */
  apply(event: JournalEvent, position: EventPosition, prepared: PreparedAction | null): void {
    switch (event.kind) {
      case 'action':
      case 'trace':
        if (prepared) {
          this.actions.add(prepared, position);
          this.#hear(prepared);
          this.#countArrival(prepared);
        }
        break;
      case 'alias':
        if (this.actions.addAlias(event, signingInputHash(event.token), position))
          this.#countAlias(event, event.token.length);
        break;
      case 'twin':
        if (this.actions.addAlias(event, hashIn(event), position)) this.#countAlias(event, event.bytes);
        break;
      case 'status': {
        const row = this.actions.find(event.actionId);
        // There is no row when the record is damaged, which the journal reports.
        if (row !== NONE) this.actions.setStatus(row, event.status);
        break;
      }
      case 'relation': {
        const { peer, following, follower, connected, at } = event;
        this.#relate({ peer, following, follower, connected, at });
        break;
      }
      case 'treatment': {
        const { peer, blocked, muted, at } = event;
        this.#treatments.set({ peer, blocked, muted, at });
        break;
      }
      case 'peer': {
        const { idTag, name, type, profilePic = null, at } = event;
        this.#peers.set(idTag, { idTag, name, type, profilePic, at });
        this.#countStranger(idTag, at, { bytes: JSON.stringify(event).length });
        break;
      }
      case 'delivery':
        this.deliveries.apply(event, position);
        break;
      case 'deliveries':
        this.deliveries.applyMany(event, position);
        break;
      case 'parked':
        this.#park(event, position);
        break;
      case 'retried':
        this.#retry(event);
        break;
      case 'unparked':
        this.#unpark(event.actionId);
        break;
      case 'file':
        this.files.add(event);
        if (event.owner !== undefined) this.#countStranger(event.owner, event.at, { bytes: event.fetched ?? 0 });
        break;
      case 'fetch':
        this.files.noteFetch(event);
        break;
      case 'erased':
        this.#erase(event);
        break;
      case 'forgotten':
        this.deliveries.forget(event.before);
        break;
      case 'circuits':
        // It is about all tenants.
        break;
      default:
        unhandledEvent(event);
    }
  }

  relation(peer: string): Relation {
    const found = this.#relations.get(peer);
    return found ? { ...found } : { peer, following: false, follower: false, connected: false, at: 0 };
  }

  *currentRelations(): Generator<Readonly<Relation>> {
    for (const peer of this.#related) yield this.#relations.get(peer) as Relation;
  }

  get relationCounts(): RelationCounts {
    return { ...this.#relationCounts };
  }

  relations(): Relation[] {
    return Array.from(this.#relations.values(), (relation) => ({ ...relation }));
  }

  treatment(peer: string): Treatment {
    return this.#treatments.of(peer);
  }

  treatments(): Treatment[] {
    return this.#treatments.rows();
  }

  peer(idTag: string): PeerRow | null {
    const found = this.#peers.get(idTag);
    return found ? { ...found } : null;
  }

  /** The bytes of tokens that were parked and aren't any longer, since the last compaction. */
  get unparkedBytes(): number {
    return this.#unparkedBytes;
  }

  /** A compaction removes the bytes of what isn't parked any longer. */
  forgetUnparked(): void {
    this.#unparkedBytes = 0;
  }

  get parkedCount(): number {
    return this.#parked.size;
  }

  parked({ issuer, dueBefore }: ParkedFilter): Parked[] {
    return [...this.#parked.values()]
      .filter((row) => issuer === undefined || row.issuer === issuer)
      .filter((row) => dueBefore === undefined || row.nextAt <= dueBefore)
      .map(({ position: _position, ...row }) => row);
  }

  /** The profile pictures of peers. */
  peerPictures(): Set<string> {
    return new Set([...this.#peers.values()].flatMap(({ profilePic }) => profilePic ?? []));
  }

  parkedPosition(actionId: string): EventPosition | null {
    return this.#parked.get(actionId)?.position ?? null;
  }

  dump(name: string, sink: SectionSink): void {
    this.actions.dump(`${name}.actions`, sink);
    this.deliveries.dump(`${name}.deliveries`, sink);
    sink.json(`${name}.relations`, [...this.#relations.values()]);
    sink.json(`${name}.standings`, this.#treatments.rows());
    sink.json(`${name}.peers`, [...this.#peers.values()]);
    sink.json(`${name}.parked`, [...this.#parked.values()]);
    // An earlier compaction may have removed some of them: that is no difference between index and journal.
    sink.derived(`${name}.unparked`, Buffer.from(JSON.stringify(this.#unparkedBytes)));
    this.files.dump(name, sink);
  }

  load(name: string, source: SectionSource): void {
    this.actions.load(`${name}.actions`, source);
    this.deliveries.load(`${name}.deliveries`, source);
    for (const row of source.json(`${name}.relations`) as Relation[]) this.#relate(row);
    for (const row of source.json(`${name}.standings`) as Treatment[]) this.#treatments.set(row);
    for (const row of source.json(`${name}.peers`) as PeerRow[]) this.#peers.set(row.idTag, row);
    for (const row of source.json(`${name}.parked`) as ParkedRow[]) this.#parked.set(row.actionId, row);
    this.#unparkedBytes = source.json(`${name}.unparked`) as number;
    this.files.load(name, source);
  }

  /**
   * Closes the circuit of an issuer whose action proves that it can be reached. An action for the tenant comes from its issuer.
   * Others may be old ones that somebody else delivers.
   */
  #hear({ event, claims }: PreparedAction): void {
    const circuit = event.direction === 'in' ? this.#circuits.of(claims.iss) : null;
    if (!circuit) return;
    if (claims.aud === this.tenant || claims.iat * 1000 >= circuit.since) {
      this.#circuits.closeByPeer(claims.iss, event.receivedAt);
    }
  }

  #relate(relation: Relation): void {
    this.#count(this.#relations.get(relation.peer), -1);
    this.#count(relation, 1);
    this.#relations.set(relation.peer, relation);
    const { peer, following, follower, connected } = relation;
    if (following || follower || connected) this.#related.add(peer);
    else this.#related.delete(peer);
  }

  #count(relation: Relation | undefined, change: number): void {
    const counts = this.#relationCounts;
    if (relation?.following) counts.following += change;
    if (relation?.follower) counts.followers += change;
    if (relation?.connected) counts.connected += change;
  }

  #park(event: ParkedEvent, position: EventPosition): void {
    const { tenant, actionId, issuer, attempts, nextAt, at } = event;
    const firstAt = this.#parked.get(actionId)?.firstAt ?? at;
    const related = (event.related ?? []).reduce((sum, { length }) => sum + length, 0);
    const { bytes = event.token.length + related } = event;
    this.#parked.set(actionId, { tenant, actionId, issuer, bytes, attempts, nextAt, firstAt, at, position });
    // Earlier versions wrote the token again at each attempt.
    if (attempts === 1 && !this.#isRelated(issuer)) this.#strangers.add(null, at, { actions: 1, bytes });
  }

  #retry({ actionId, attempts, nextAt, at }: RetriedEvent): void {
    const before = this.#parked.get(actionId);
    // Not there: its record is damaged, which the journal reports.
    if (before) this.#parked.set(actionId, { ...before, attempts, nextAt, at });
  }

  #unpark(actionId: string): void {
    this.#unparkedBytes += this.#parked.get(actionId)?.bytes ?? 0;
    this.#parked.delete(actionId);
  }

  #erase({ actionIds, fileIds = [] }: ErasedEvent): void {
    for (const actionId of actionIds) {
      const row = this.actions.find(actionId);
      if (row !== NONE && !this.actions.isErased(row)) this.actions.erase(row);
    }
    for (const fileId of fileIds) this.files.remove(fileId);
  }

  #countArrival({ event, claims, bytes }: PreparedAction): void {
    if (event.direction !== 'in') return;
    this.#countStranger(claims.iss, event.receivedAt, { actions: 1, bytes });
  }

  #countAlias({ actionId, at }: Pick<AliasEvent, 'actionId' | 'at'>, bytes: number): void {
    const row = this.actions.find(actionId);
    if (row === NONE) return;
    const issuer = this.actions.people.at(this.actions.columns.issuer.at(row));
    this.#countStranger(issuer, at, { actions: 1, bytes });
  }

  #countStranger(issuer: string, at: number, use: Partial<StrangerUse>): void {
    if (issuer !== this.tenant && !this.#isRelated(issuer)) this.#strangers.add(issuer, at, use);
  }

  /** Whether the tenant follows the peer or is connected with it. */
  #isRelated(peer: string): boolean {
    const relation = this.#relations.get(peer);
    return relation !== undefined && (relation.following || relation.connected);
  }
}
