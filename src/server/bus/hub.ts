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

/** Who wants to listen, and where. */
export interface Admission {
  tenant: string;
  address: string;
}

/** Somebody who signed in. */
export interface SignedIn extends Admission {
  caller: Caller;
  /** Of the token, unix milliseconds. */
  expiresAt: number;
  /** Is the token still good? Asked when the owner's sessions change, and with every beat: it may expire with its API key. */
  recheck: () => Promise<boolean>;
}

/** Everybody who listens to this server, and what they are told. */
export interface Hub {
  /** @throws CloudilloError `rate.limited` (this address has enough sockets), `rate.busy` (the identity has) */
  admit(admission: Admission): void;
  listen(socket: WebSocket, guest: SignedIn): void;
  /** Ends a socket that nobody signed in on. */
  refuse(socket: WebSocket, admission: Admission, reason: CloseReason): void;
  /** Says goodbye to all; resolves when every socket is gone. */
  close(): Promise<void>;
}

export interface HubDeps extends Pick<Deps, 'store' | 'clock' | 'log' | 'live'> {
  identities: Pick<Deps['identities'], 'onAccess'>;
  identityOf: (idTag: string) => Promise<Identity | null>;
  limits: BusLimits;
  /** Count sockets by address? */
  rateLimits: boolean;
  /** Of what is passed on without a letter of its own; settings change while the server runs. */
  defaultVisibility: () => Visibility;
}

export function createHub(deps: HubDeps): Hub {
  const { clock, log, limits } = deps;
  const rooms = createRooms();
  const sockets = createOpenSockets();
  const backlog = createBacklog({
    limit: limits.backlog,
    pass: (event) => publish(deps, rooms, event),
    log,
    // Everybody lists it instead, which costs one page for many events.
    onOverrun: () => {
      log('warn', 'more happens than those who listen can be told: they are sent away to list it');
      for (const { listener } of rooms.all()) listener.close('tryAgain');
    },
  });
  let heartbeat: NodeJS.Timeout | undefined;
  const forget = deps.live.on((event) => {
    if (rooms.size(event.tenant) > 0) backlog.push(event);
  });

  // A session that was ended must not be told what happens until the next beat.
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
      // Its session may have ended between the look at its token and now.
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

/** Tells an event to those who may see it. */
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

/** Is it still there, and may it still listen? */
function beatMember(deps: HubDeps, member: Member): void {
  const { listener, tenant, caller } = member;
  if (isBlocked(deps, tenant, caller)) listener.close('forbidden');
  listener.beat();
  recheckToken(deps, member);
}

/** Sends away who has no good token any more. */
function recheckToken(deps: HubDeps, { listener, tenant, recheck }: Member): void {
  recheck().then(
    (good) => {
      if (!good) listener.close('unauthorized');
    },
    (error: unknown) => deps.log('error', 'could not look at an access token', { tenant, err: error }),
  );
}

function isBlocked({ store }: HubDeps, tenant: string, { idTag, owner }: Caller): boolean {
  return !owner && idTag !== null && store.treatment(tenant, idTag).blocked;
}

function tooMany(code: 'rate.limited' | 'rate.busy', message: string): CloudilloError {
  return new CloudilloError(code, message, { stage: 'server', check: 'capacity', retryAfter: 30 });
}
