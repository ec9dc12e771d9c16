import type { WebSocket } from 'ws';
import { CloudilloError } from '../../protocol/errors.ts';
import type { Visibility } from '../../protocol/visibility.ts';
import type { Caller } from '../../services/caller.ts';
import type { Deps } from '../../services/deps.ts';
import { type LiveEvent, onLive } from '../../services/live.ts';
import type { Identity } from '../../store/identity-document.ts';
import { addressBlocks } from '../client-address.ts';
import { type CloseReason, closeSocket } from './close-codes.ts';
import { fanOut } from './fan-out.ts';
import type { BusLimits } from './limits.ts';
import { createListener, type Listener } from './listener.ts';

/** Who wants to listen, and where. */
export interface Admission {
  tenant: string;
  address: string;
}

/** Somebody who signed in. */
export interface Guest extends Admission {
  caller: Caller;
  /** Unix milliseconds; null: the token has no end. */
  expiresAt: number | null;
  /** Is the token still good? Asked with every beat, because one can be revoked. */
  recheck: () => Promise<boolean>;
}

/** Everybody who listens to this server, and what they are told. */
export interface Hub {
  /** @throws CloudilloError `rate.limited` (this address has enough sockets), `rate.busy` (the identity has) */
  admit(admission: Admission): void;
  listen(socket: WebSocket, guest: Guest): void;
  /** Ends a socket that nobody signed in on. */
  refuse(socket: WebSocket, admission: Admission, reason: CloseReason): void;
  /** Says goodbye to all; resolves when every socket is gone. */
  close(): Promise<void>;
}

export interface HubDeps extends Pick<Deps, 'store' | 'clock' | 'log'> {
  identityOf: (idTag: string) => Promise<Identity | null>;
  limits: BusLimits;
  /** Count sockets by address? */
  rateLimits: boolean;
  /** Of what is passed on without a letter of its own; settings change while the server runs. */
  defaultVisibility: () => Visibility;
}

interface Member extends Guest {
  listener: Listener;
}

export function createHub(deps: HubDeps): Hub {
  const { store, clock, log, limits } = deps;
  const rooms = new Map<string, Set<Member>>();
  const sockets = new Set<WebSocket>();
  const perAddress = new Map<string, number>();
  const backlog: LiveEvent[] = [];
  let passing = false;
  let heartbeat: NodeJS.Timeout | undefined;

  const forget = onLive(store, (event) => {
    if (!rooms.has(event.tenant)) return;
    if (backlog.length >= limits.backlog) return overrun();
    backlog.push(event);
    if (!passing) void passAll();
  });

  async function passAll(): Promise<void> {
    passing = true;
    for (let event = backlog.shift(); event; event = backlog.shift()) {
      try {
        await pass(event);
      } catch (error) {
        const { tenant } = event;
        log('error', 'an event did not reach those who listen', { tenant, actionId: event.actionId, err: error });
      }
    }
    passing = false;
  }

  async function pass(event: LiveEvent): Promise<void> {
    const own = rooms.has(event.tenant) ? await deps.identityOf(event.tenant) : null;
    const room = rooms.get(event.tenant);
    if (!own || !room) return;
    const byCaller = groupByCaller(room);
    for (const { caller, members } of byCaller.values()) {
      if (!isBlocked(event.tenant, caller)) continue;
      byCaller.delete(callerKey(caller));
      for (const { listener } of members) listener.close('forbidden');
    }
    const callers = [...byCaller.values()].map(({ caller }) => caller);
    const fallback = deps.defaultVisibility();
    for (const { frame, callers: same } of await fanOut({ store, own, clock, fallback }, event, callers)) {
      for (const caller of same) {
        for (const { listener } of byCaller.get(callerKey(caller))?.members ?? []) listener.send(frame);
      }
    }
  }

  function isBlocked(tenant: string, { idTag, owner }: Caller): boolean {
    return !owner && idTag !== null && store.standing(tenant, idTag).blocked;
  }

  /** More happens than can be told: everybody lists it instead, which costs one page for many events. */
  function overrun(): void {
    log('warn', 'more happens than those who listen can be told: they are sent away to list it');
    backlog.length = 0;
    for (const room of rooms.values()) for (const { listener } of room) listener.close('tryAgain');
  }

  function beat(): void {
    for (const room of rooms.values()) for (const member of room) beatMember(member);
  }

  function beatMember({ listener, tenant, caller, recheck }: Member): void {
    if (isBlocked(tenant, caller)) listener.close('forbidden');
    listener.beat();
    recheck().then(
      (good) => {
        if (!good) listener.close('unauthorized');
      },
      (error: unknown) => log('error', 'could not look at an access token', { tenant, err: error }),
    );
  }

  function track(socket: WebSocket, address: string): void {
    const { host } = addressBlocks(address);
    sockets.add(socket);
    perAddress.set(host, (perAddress.get(host) ?? 0) + 1);
    socket.once('close', () => {
      sockets.delete(socket);
      const left = (perAddress.get(host) ?? 1) - 1;
      if (left > 0) perAddress.set(host, left);
      else perAddress.delete(host);
    });
  }

  function leave(member: Member): void {
    const room = rooms.get(member.tenant);
    room?.delete(member);
    if (room?.size === 0) rooms.delete(member.tenant);
    if (rooms.size === 0) {
      clearInterval(heartbeat);
      heartbeat = undefined;
    }
  }

  return {
    admit({ tenant, address }) {
      if (deps.rateLimits && (perAddress.get(addressBlocks(address).host) ?? 0) >= limits.perAddress) {
        throw tooMany('rate.limited', 'This address has too many sockets open');
      }
      if ((rooms.get(tenant)?.size ?? 0) >= limits.perTenant) {
        throw tooMany('rate.busy', 'Too many listen to this identity');
      }
    },
    listen(socket, guest) {
      track(socket, guest.address);
      const { tenant, caller, expiresAt } = guest;
      const listener = createListener(socket, {
        caller,
        expiresAt,
        limits,
        clock,
        onClose: (slow) => {
          leave(member);
          if (slow) log('warn', 'a listener read too slowly', { tenant, ip: guest.address, idTag: caller.idTag });
        },
      });
      const member: Member = { ...guest, listener };
      const room = rooms.get(tenant) ?? new Set();
      rooms.set(tenant, room.add(member));
      heartbeat ??= setInterval(beat, limits.heartbeat).unref();
    },
    refuse(socket, { address }, reason) {
      track(socket, address);
      closeSocket(socket, reason);
    },
    async close() {
      forget();
      clearInterval(heartbeat);
      backlog.length = 0;
      const gone = [...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
      // `ws` cuts off by itself whoever doesn't answer the close in time (option `closeTimeout`).
      for (const socket of sockets) closeSocket(socket, 'stopping');
      await Promise.all(gone);
    },
  };
}

interface Group {
  caller: Caller;
  members: Member[];
}

/** Rights hang on the caller alone, however many sockets it has. */
function groupByCaller(room: Iterable<Member>): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const member of room) {
    const key = callerKey(member.caller);
    const group = groups.get(key);
    if (group) group.members.push(member);
    else groups.set(key, { caller: member.caller, members: [member] });
  }
  return groups;
}

function callerKey({ idTag, owner }: Caller): string {
  return `${owner} ${idTag}`;
}

function tooMany(code: 'rate.limited' | 'rate.busy', message: string): CloudilloError {
  return new CloudilloError(code, message, { stage: 'server', retryable: true, retryAfter: 30 });
}
