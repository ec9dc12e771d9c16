/** The WebSocket hub: who listens to which tenant, and what they are sent. */
import type { WebSocket } from 'ws';
import { CloudilloError } from '../../protocol/errors.ts';
import type { Visibility } from '../../protocol/visibility.ts';
import type { Caller } from '../../services/readers/caller.ts';
import type { Deps } from '../../services/runtime/deps.ts';
import type { LiveEvent } from '../../services/runtime/live.ts';
import type { Identity } from '../../store/identities/identity-document.ts';
import type { BusLimits } from '../context/bus-limits.ts';
import { createBacklog } from './backlog.ts';
import { type CloseReason, closeSocket } from './close-codes.ts';
import { fanOut } from './fan-out.ts';
import { createListener } from './listener.ts';
import { createOpenSockets } from './open-sockets.ts';
import { callerKey, createRooms, type Member, type Rooms } from './rooms.ts';

/** A caller's address, and the tenant that it wants to listen to. */
export interface Admission {
  tenant: string;
  address: string;
}

/** A caller that has signed in. */
export interface SignedIn extends Admission {
  caller: Caller;
  /** When its token expires, unix milliseconds. */
  expiresAt: number;
  /**
   * Whether the token is still valid. It is checked when the owner's sessions change, and at every beat, because it may end with
   * its API key.
   */
  recheck: () => Promise<boolean>;
}

/** All listeners of this server. */
export interface Hub {
  /**
   * Checks that another socket may be opened. @throws CloudilloError `rate.limited` (too many from this address), `rate.busy`
   * (too many listen to the tenant)
   */
  admit(admission: Admission): void;
  listen(socket: WebSocket, guest: SignedIn): void;
  /** Closes a socket that didn't sign in. */
  refuse(socket: WebSocket, admission: Admission, reason: CloseReason): void;
  /** Closes all sockets. Resolves when every one is closed. */
  close(): Promise<void>;
}

/** The parts of a {@link Hub}. */
export interface HubDeps extends Pick<Deps, 'store' | 'clock' | 'log' | 'live'> {
  identities: Pick<Deps['identities'], 'onAccess'>;
  identityOf: (idTag: string) => Promise<Identity | null>;
  limits: BusLimits;
  /** Whether sockets are limited by address. */
  rateLimits: boolean;
  /** The visibility of an ephemeral action without a letter. The settings may change while the server runs. */
  defaultVisibility: () => Visibility;
}

/** Makes a hub. */
export function createHub(deps: HubDeps): Hub {
  const { clock, log, limits } = deps;
  const rooms = createRooms();
  const sockets = createOpenSockets();
  const backlog = createBacklog({
    limit: limits.backlog,
    pass: (event) => publish(deps, rooms, event),
    log,
    // The clients list the actions instead, which costs one page for many events.
    onOverrun: () => {
      log('warn', 'more happens than those who listen can be told: they are sent away to list it');
      for (const { listener } of rooms.all()) listener.close('tryAgain');
    },
  });
  let heartbeat: NodeJS.Timeout | undefined;
  const forget = deps.live.on((event) => {
    if (rooms.size(event.tenant) > 0) backlog.push(event);
  });

  // A session that ended gets no events, not even until the next beat.
  const forgetAccess = deps.identities.onAccess((tenant) => {
    for (const member of rooms.of(tenant)) if (member.caller.owner) recheckToken(deps, member);
  });

  function leave(member: Member, slow: boolean): void {
    rooms.delete(member);
    const { tenant, address: ip, caller } = member;
    if (slow) log('warn', 'a listener read too slowly', { tenant, ip, idTag: caller.idTag });
    if (!rooms.empty) return;
    clearInterval(heartbeat);
    heartbeat = undefined;
  }

  function beat(): void {
    for (const member of rooms.all()) beatMember(deps, member);
  }

  return {
    admit({ tenant, address }) {
      if (deps.rateLimits && sockets.count(address) >= limits.perAddress) {
        throw tooMany('rate.limited', 'This address has too many sockets open');
      }
      if (rooms.size(tenant) >= limits.perTenant) throw tooMany('rate.busy', 'Too many listen to this identity');
    },
    listen(socket, guest) {
      sockets.add(socket, guest.address);
      const { caller, expiresAt } = guest;
      const onClose = (slow: boolean) => leave(member, slow);
      const member: Member = {
        ...guest,
        listener: createListener(socket, { caller, expiresAt, limits, clock, onClose }),
      };
      rooms.add(member);
      // The session may have ended since its token was checked.
      if (caller.owner) recheckToken(deps, member);
      heartbeat ??= setInterval(beat, limits.heartbeat).unref();
    },
    refuse(socket, { address }, reason) {
      sockets.add(socket, address);
      closeSocket(socket, reason);
    },
    async close() {
      forget();
      forgetAccess();
      clearInterval(heartbeat);
      backlog.clear();
      await sockets.closeAll('stopping');
    },
  };
}

/** Sends an event to the listeners that may see it. */
async function publish(deps: HubDeps, rooms: Rooms, event: LiveEvent): Promise<void> {
  const { store, clock } = deps;
  const own = rooms.size(event.tenant) > 0 ? await deps.identityOf(event.tenant) : null;
  if (!own) return;
  const groups = rooms.groups(event.tenant);
  for (const [key, { caller, members }] of groups) {
    if (!isBlocked(deps, event.tenant, caller)) continue;
    groups.delete(key);
    for (const { listener } of members) listener.close('forbidden');
  }
  const callers = [...groups.values()].map(({ caller }) => caller);
  const fallback = deps.defaultVisibility();
  for (const { frame, callers: same } of await fanOut({ store, own, clock, fallback }, event, callers)) {
    for (const caller of same) {
      for (const { listener } of groups.get(callerKey(caller))?.members ?? []) listener.send(frame);
    }
  }
}

/** Pings a listener, and checks that it may still listen. */
function beatMember(deps: HubDeps, member: Member): void {
  const { listener, tenant, caller } = member;
  if (isBlocked(deps, tenant, caller)) listener.close('forbidden');
  listener.beat();
  recheckToken(deps, member);
}

/** Closes the socket when its token is no longer valid. */
function recheckToken(deps: HubDeps, { listener, tenant, recheck }: Member): void {
  recheck().then(
    (good) => {
      if (!good) listener.close('unauthorized');
    },
    (error: unknown) => deps.log('error', 'could not check an access token', { tenant, err: error }),
  );
}

function isBlocked({ store }: HubDeps, tenant: string, { idTag, owner }: Caller): boolean {
  return !owner && idTag !== null && store.treatment(tenant, idTag).blocked;
}

function tooMany(code: 'rate.limited' | 'rate.busy', message: string): CloudilloError {
  return new CloudilloError(code, message, { stage: 'server', check: 'capacity', retryAfter: 30 });
}
