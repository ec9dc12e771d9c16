/** The codecs of journal events. */
import { isJsonObject } from '../../protocol/json-object.ts';
import { ROLES } from '../../protocol/roles.ts';
import { VISIBILITIES } from '../../protocol/visibility.ts';
import { DELIVERY_STATES, type JournalEvent, STATUSES } from './events.ts';

/** The codec of one kind of event. */
export interface EventCodec<E extends JournalEvent> {
  /** The JSON of an event: the fields of its kind, and nothing else. */
  encode(event: E): string;
  /** Reads an event of this kind. Fields that a later version added stay. @throws Error with the fault */
  decode(json: unknown): E;
}

type Kind = JournalEvent['kind'];
type EventOf<K extends Kind> = Extract<JournalEvent, { kind: K }>;

/** Checks the value of a field. */
type Check = (value: unknown) => boolean;

/** A check for each field that is written: a field without one doesn't compile. */
type Fields<E> = { [F in Exclude<keyof E, 'kind' | 'decoded'>]-?: Check };

const text: Check = (value) => typeof value === 'string';
const number: Check = (value) => typeof value === 'number';
const flag: Check = (value) => typeof value === 'boolean';
const texts: Check = (value) => Array.isArray(value) && value.every(text);
const failure: Check = (value) => isJsonObject(value) && text(value['code']) && text(value['message']);
const answer: Check = (value) =>
  isJsonObject(value) &&
  (text(value['requestId']) || (value['requestId'] === undefined && number(value['parkedUntil'])));
const claims: Check = (value) =>
  isJsonObject(value) && text(value['t']) && text(value['iss']) && number(value['iat']) && optional(texts)(value['a']);
const circuits: Check = (value) =>
  Array.isArray(value) &&
  value.every(
    (one) =>
      isJsonObject(one) &&
      text(one['peer']) &&
      [one['since'], one['failures'], one['nextAt']].every(number) &&
      failure(one['error']),
  );
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const oneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value);

/** Kinds and fields whose name on disk is another one than in the code: the first version gave it. */
const NAME_ON_DISK: Readonly<Record<string, string>> = { treatment: 'standing', queuePlace: 'place' };
const KIND_OF_DISK: ReadonlyMap<unknown, Kind> = new Map<unknown, Kind>([['standing', 'treatment']]);

function codec<K extends Kind>(kind: K, fields: Fields<EventOf<K>>): EventCodec<EventOf<K>> {
  const checks = Object.entries<Check>(fields).map(([name, check]) => ({ name, onDisk: nameOnDisk(name), check }));
  const kindOnDisk = nameOnDisk(kind);
  const renamed = checks.filter(({ name, onDisk }) => name !== onDisk);
  return {
    encode: (event) => {
      const written: Record<string, unknown> = { kind: kindOnDisk };
      for (const { name, onDisk } of checks) written[onDisk] = (event as unknown as Record<string, unknown>)[name];
      return JSON.stringify(written);
    },
    decode: (json) => {
      const read = json as Record<string, unknown>;
      for (const { onDisk, check } of checks) {
        if (!check(read[onDisk])) throw new Error(`its ${kindOnDisk} event has a malformed "${onDisk}"`);
      }
      // Most events are as they were read. No copy is made of them.
      if (kind !== kindOnDisk) read['kind'] = kind;
      for (const { name, onDisk } of renamed) {
        if (read[onDisk] === undefined) continue;
        read[name] = read[onDisk];
        delete read[onDisk];
      }
      return read as unknown as EventOf<K>;
    },
  };
}

function nameOnDisk(name: string): string {
  return NAME_ON_DISK[name] ?? name;
}

const action: Readonly<EventCodec<EventOf<'action'>>> = codec('action', {
  tenant: text,
  actionId: text,
  token: text,
  direction: oneOf('in', 'out'),
  receivedAt: number,
  status: oneOf(...STATUSES),
  visibility: optional(oneOf(...VISIBILITIES)),
});

const delivery: Readonly<EventCodec<EventOf<'delivery'>>> = codec('delivery', {
  tenant: text,
  actionId: text,
  to: text,
  state: oneOf(...DELIVERY_STATES),
  attempts: number,
  nextAt: optional(number),
  queuePlace: optional(number),
  peerNextAt: optional(number),
  peerFailures: optional(number),
  error: optional(failure),
  answer: optional(answer),
  related: optional(texts),
  at: number,
});

/** The codec of each kind. A kind without one doesn't compile. */
export const EVENT_CODECS: { readonly [K in Kind]: EventCodec<EventOf<K>> } = {
  action: {
    decode: action.decode,
    // This is written by hand because it is on the path of every append. The token, most of the bytes, is base64url and dots and
    // needs no escaping. The rest are an ID and fixed words (`prepareEvents` refuses anything else).
    encode: ({ tenant, actionId, token, direction, receivedAt, status, visibility }) => {
      const resolved = visibility === undefined ? '' : `,"visibility":"${visibility}"`;
      return `{"kind":"action","tenant":${JSON.stringify(tenant)},"actionId":"${actionId}","token":"${token}","direction":"${direction}","receivedAt":${receivedAt},"status":"${status}"${resolved}}`;
    },
  },
  alias: codec('alias', { tenant: text, actionId: text, token: text, at: number }),
  status: codec('status', { tenant: text, actionId: text, status: oneOf(...STATUSES), at: number }),
  relation: codec('relation', {
    tenant: text,
    peer: text,
    following: flag,
    follower: flag,
    connected: flag,
    at: number,
  }),
  peer: codec('peer', {
    tenant: text,
    idTag: text,
    name: text,
    type: oneOf('person', 'community'),
    profilePic: optional(text),
    at: number,
  }),
  delivery: {
    encode: delivery.encode,
    decode: (json) => {
      const event = delivery.decode(json);
      // Earlier versions wrote a superseded delivery as an expired one with this error.
      const isSuperseded = event.state === 'expired' && event.error?.code === 'check.superseded';
      return isSuperseded ? { ...event, state: 'superseded' } : event;
    },
  },
  deliveries: codec('deliveries', {
    tenant: text,
    actionId: text,
    to: texts,
    nextAt: number,
    related: optional(texts),
    at: number,
  }),
  treatment: codec('treatment', { tenant: text, peer: text, blocked: flag, muted: flag, at: number }),
  parked: codec('parked', {
    tenant: text,
    actionId: text,
    token: text,
    related: optional(texts),
    issuer: text,
    attempts: number,
    nextAt: number,
    at: number,
    bytes: optional(number),
  }),
  retried: codec('retried', { tenant: text, actionId: text, attempts: number, nextAt: number, at: number }),
  unparked: codec('unparked', { tenant: text, actionId: text, outcome: text, at: number }),
  file: codec('file', {
    tenant: text,
    fileId: text,
    descriptor: text,
    fileName: text,
    contentType: text,
    preset: optional(text),
    owner: optional(text),
    fetched: optional(number),
    at: number,
  }),
  fetch: codec('fetch', {
    tenant: text,
    fileId: text,
    from: text,
    state: oneOf('queued', 'refused', 'expired'),
    attempts: number,
    nextAt: optional(number),
    error: failure,
    at: number,
  }),
  erased: codec('erased', { tenant: text, actionIds: texts, fileIds: optional(texts), at: number }),
  trace: codec('trace', {
    tenant: text,
    actionId: text,
    signing: text,
    claims,
    direction: oneOf('in', 'out'),
    receivedAt: number,
    status: oneOf(...STATUSES),
    visibility: optional(oneOf(...VISIBILITIES)),
    bytes: number,
    role: optional(oneOf(...ROLES)),
    key: optional(text),
  }),
  twin: codec('twin', { tenant: text, actionId: text, signing: text, bytes: number, at: number }),
  forgotten: codec('forgotten', { tenant: text, before: number, at: number }),
  circuits: codec('circuits', { tenant: oneOf(''), open: circuits, at: number }),
};

/** The JSON of an event, as its line holds it. */
export function encodeEvent(event: JournalEvent): string {
  return (EVENT_CODECS[event.kind] as EventCodec<JournalEvent>).encode(event);
}

/** Reads an event from its JSON. @throws Error with why this version can't use it */
export function decodeEvent(json: unknown): JournalEvent {
  const onDisk = isJsonObject(json) ? json['kind'] : undefined;
  const kind = KIND_OF_DISK.get(onDisk) ?? onDisk;
  if (!isKnownKind(kind) || onDisk !== nameOnDisk(kind)) {
    throw new Error(`it has an event of an unknown kind (${JSON.stringify(onDisk)}): a later version wrote it`);
  }
  return EVENT_CODECS[kind].decode(json);
}

/** Whether this version can read and apply an event of that kind. A later version may have written others. */
export function isKnownKind(kind: unknown): kind is Kind {
  return typeof kind === 'string' && Object.hasOwn(EVENT_CODECS, kind);
}
