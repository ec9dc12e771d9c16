/** The listeners of each tenant. */
import type { Caller } from '../../services/readers/caller.ts';
import type { SignedIn } from './hub.ts';
import type { Listener } from './listener.ts';

/** A signed-in caller with its socket. */
export interface Member extends SignedIn {
  listener: Listener;
}

/** Members with the same rights. Rights depend on the caller alone, however many sockets it has. */
export interface Group {
  caller: Caller;
  members: Member[];
}

/** The members of each tenant. */
export interface Rooms {
  add(member: Member): void;
  delete(member: Member): void;
  size(tenant: string): number;
  of(tenant: string): Iterable<Member>;
  /** The members of a tenant by {@link callerKey}. */
  groups(tenant: string): Map<string, Group>;
  all(): Iterable<Member>;
  readonly empty: boolean;
}

/** Makes an empty set of rooms. */
export function createRooms(): Rooms {
  const rooms = new Map<string, Set<Member>>();
  return {
    add(member) {
      const room = rooms.get(member.tenant) ?? new Set();
      rooms.set(member.tenant, room.add(member));
    },
    delete(member) {
      const room = rooms.get(member.tenant);
      room?.delete(member);
      if (room?.size === 0) rooms.delete(member.tenant);
    },
    size: (tenant) => rooms.get(tenant)?.size ?? 0,
    of: (tenant) => rooms.get(tenant) ?? [],
    groups(tenant) {
      const groups = new Map<string, Group>();
      for (const member of rooms.get(tenant) ?? []) {
        const key = callerKey(member.caller);
        const group = groups.get(key);
        if (group) group.members.push(member);
        else groups.set(key, { caller: member.caller, members: [member] });
      }
      return groups;
    },
    *all() {
      for (const room of rooms.values()) yield* room;
    },
    get empty() {
      return rooms.size === 0;
    },
  };
}

/** The key of the group of a caller. */
export function callerKey({ idTag, owner }: Caller): string {
  return `${owner} ${idTag}`;
}
