/** One look at an instance: what its checks share. */
import type { Endpoint, Network } from '../../../federation/http/network.ts';
import type { AddressProbe } from '../../../federation/http/probe-addresses.ts';
import { createRequester, type Requester } from '../../../federation/http/request.ts';
import { NO_RETRY } from '../../../federation/http/retry-policy.ts';
import { createFetchProfile, type FetchedProfile } from '../../../federation/peer/profile-api.ts';
import type { Clock } from '../../../protocol/clock.ts';
import { apiHost, idTagToAscii } from '../../../protocol/id-tag.ts';
import { NOBODY, type Observer } from '../../../protocol/observer.ts';
import type { DnsCheckInput } from '../../dns/plan.ts';
import type { PeerMemory } from '../local/peer-memory.ts';
import type { SeenReads } from '../local/profile-readers.ts';

/** How the examination signs in at the instance. */
export interface SignIn {
  /** The tenant that signs in. */
  as: string;
  /** Makes a call with an access token of the peer. It throws what getting the token and the call throw. */
  ask(peer: string, call: (bearer?: string) => Promise<unknown>): Promise<unknown>;
}

/** The parts of one look. They remember nothing of an earlier one: a resumed TLS session shows no certificate. */
export interface LookDeps {
  network: Network;
  requester: Requester;
  /** How to sign in; null when no tenant signs in. */
  signIn: SignIn | null;
  /** What the home remembers of a peer. Without it the home isn't asked. */
  recall?: ((peer: string) => Promise<PeerMemory>) | undefined;
  /** Who fetched the profile of the tenant that signs in from the server of the home, since then. Without it the home isn't asked. */
  reads?: ((tenant: string, since: number) => Promise<SeenReads>) | undefined;
  /** The clocks of the home. */
  clock: Clock;
  /** Gets the spans of all that is asked. Default: nobody does. */
  observer?: Observer | undefined;
  close(): Promise<void>;
}

/** The instance to look at, and the conditions. */
export interface LookInput extends Pick<DnsCheckInput, 'expect' | 'resolvers' | 'authoritative' | 'root'> {
  idTag: string;
  appDomain?: string | undefined;
  /** How long certificate and key have to stay valid, milliseconds. */
  minValidity: number;
  /** Identities whose instances say what time it is, where the clocks differ. */
  witnesses?: readonly string[] | undefined;
}

/** What one address answered to `GET /api/me`. */
export interface AddressAnswer extends Endpoint {
  /** Its profile, or why there is none. */
  fetched: FetchedProfile | null;
  error: unknown;
  /** When the answer had come, by the wall clock, unix milliseconds. */
  at: number;
}

/** One look, as it goes on. A check finds here what those before it have found. */
export interface Look {
  deps: LookDeps;
  input: LookInput;
  apiHost: string;
  appHost: string;
  /** By host name. */
  probes: Map<string, AddressProbe[]>;
  answers: AddressAnswer[];
  /** The requester of one address of the API host. They are closed at the end of the look. */
  at(endpoint: Endpoint): Requester;
  close(): void;
}

/** Begins a look. */
export function beginLook(deps: LookDeps, input: LookInput): Look {
  const requesters = new Map<string, Requester>();
  return {
    deps,
    input,
    apiHost: apiHost(input.idTag),
    appHost: idTagToAscii(input.appDomain ?? input.idTag),
    probes: new Map(),
    answers: [],
    at({ address, port }) {
      const place = `${address} ${port}`;
      const known = requesters.get(place);
      if (known) return known;
      const { observer = NOBODY, requester } = deps;
      const { timeout } = requester;
      const made = createRequester({
        ...{ network: deps.network, timeout, retryPolicy: NO_RETRY, clock: deps.clock.wall },
        ...{ observer, only: { address, port } },
      });
      requesters.set(place, made);
      return made;
    },
    close() {
      for (const requester of requesters.values()) requester.close();
    },
  };
}

/** Asks one address for the profile. A failure is part of the answer. */
export async function askAddress(look: Look, { address, port }: Endpoint): Promise<AddressAnswer> {
  const { deps, input } = look;
  const place = { address, port };
  try {
    const fetched = await createFetchProfile(look.at(place))(input.idTag);
    return { ...place, fetched, error: null, at: deps.clock.wall() };
  } catch (error) {
    return { ...place, fetched: null, error, at: deps.clock.wall() };
  }
}

/** The first address with the right profile: what is asked further is asked there. */
export function goodAnswer({ answers }: Look): (AddressAnswer & { fetched: FetchedProfile }) | null {
  const good = answers.find(({ fetched }) => fetched !== null);
  return good?.fetched ? { ...good, fetched: good.fetched } : null;
}

/** The requester that further checks use. They are made only when some address has answered over HTTP. */
export function goodRequester(look: Look): Requester {
  const place = goodAnswer(look) ?? look.answers[0];
  return place ? look.at(place) : look.deps.requester;
}
