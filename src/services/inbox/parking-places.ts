/** Who may park how many tokens (specification: Parked tokens). Nobody has proved to be the issuer of a parked token. */
import type { Parked } from '../../store/model/rows.ts';
import type { Store } from '../../store/model/store-interface.ts';
import { isStranger } from '../peers/stranger-limits.ts';

/** The most parked tokens in all, and of one issuer. */
const IN_ALL = 1000;
const PER_ISSUER = 20;
/**
 * The most of strangers, of one of their domains, and from one network. Names below a domain cost its owner nothing, and domains cost
 * little, but addresses in many networks don't. The other half of the places is left for peers that the tenant follows or is connected with.
 */
const STRANGERS = { inAll: 500, perDomain: 40, perNetwork: 100, bytes: 64 * 1024 * 1024 };

/** A token that looks for a place. */
export interface Candidate {
  tenant: string;
  actionId: string;
  issuer: string;
  bytes: number;
  /** The network block of the sender; null: no request brought the token. */
  network: string | null;
}

/** The places for parked tokens. */
export interface ParkingPlaces {
  /** Whether there is a place for the token. */
  hasRoom(store: Pick<Store, 'parked' | 'relation'>, candidate: Candidate): boolean;
  /** Notes the sender of a token that was parked. */
  took(candidate: Candidate): void;
}

/** Makes the places. The senders are in memory, and a restart forgets them. */
export function createParkingPlaces(): ParkingPlaces {
  const networks = new Map<string, string>();
  return {
    hasRoom(store, candidate) {
      const all = store.parked();
      const { tenant, issuer, bytes, network } = candidate;
      if (all.length >= IN_ALL || all.filter((parked) => parked.issuer === issuer).length >= PER_ISSUER) return false;
      if (!isStranger(store, tenant, issuer)) return true;
      const strangers = all.filter((parked) => isStranger(store, parked.tenant, parked.issuer));
      forgetOthers(networks, all);
      const sameDomain = strangers.filter((parked) => domainOf(parked.issuer) === domainOf(issuer));
      const sameNetwork = strangers.filter((parked) => network !== null && networks.get(nameOf(parked)) === network);
      return (
        strangers.length < STRANGERS.inAll &&
        sameDomain.length < STRANGERS.perDomain &&
        sameNetwork.length < STRANGERS.perNetwork &&
        strangers.reduce((sum, parked) => sum + parked.bytes, bytes) <= STRANGERS.bytes
      );
    },
    took(candidate) {
      if (candidate.network !== null) networks.set(nameOf(candidate), candidate.network);
    },
  };
}

function forgetOthers(networks: Map<string, string>, all: readonly Parked[]): void {
  const names = new Set(all.map(nameOf));
  for (const name of networks.keys()) if (!names.has(name)) networks.delete(name);
}

function nameOf({ tenant, actionId }: Pick<Parked, 'tenant' | 'actionId'>): string {
  return `${tenant} ${actionId}`;
}

/**
 * The last two labels of a name. Where a registry sells names below them (`co.uk`), its customers share their places: they lose a
 * parked token, while a list of such registries would have to be kept up to date.
 */
function domainOf(idTag: string): string {
  return idTag.split('.').slice(-2).join('.');
}
