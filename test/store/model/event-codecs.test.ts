import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ROLES } from '../../../src/protocol/roles.ts';
import { VISIBILITIES } from '../../../src/protocol/visibility.ts';
import { decodeEvent, EVENT_CODECS, encodeEvent } from '../../../src/store/model/event-codecs.ts';
import { DELIVERY_STATES, type JournalEvent, STATUSES } from '../../../src/store/model/events.ts';

const text = fc.string({ unit: 'grapheme' });
const time = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0));
const count = fc.nat();
const flag = fc.boolean();
const tokens = fc.array(text, { maxLength: 3 });
// What the fast way of writing an action relies on, and `prepareEvents` makes sure of.
const safe = fc.stringMatching(/^[A-Za-z0-9_.~-]{1,40}$/);
const error = fc.record({ code: text, message: text });

type Kind = JournalEvent['kind'];
type FieldsOf<K extends Kind> = Omit<Extract<JournalEvent, { kind: K }>, 'kind' | 'decoded'>;

/** Any event of each kind: a field or a kind that is missing here doesn't compile. */
const FIELDS: { [K in Kind]: { [F in keyof Required<FieldsOf<K>>]: fc.Arbitrary<unknown> } } = {
  action: {
    tenant: text,
    actionId: safe,
    token: safe,
    direction: fc.constantFrom('in', 'out'),
    receivedAt: time,
    status: fc.constantFrom(...STATUSES),
    visibility: fc.constantFrom(...VISIBILITIES),
  },
  alias: { tenant: text, actionId: text, token: text, at: time },
  status: { tenant: text, actionId: text, status: fc.constantFrom(...STATUSES), at: time },
  relation: { tenant: text, peer: text, following: flag, follower: flag, connected: flag, at: time },
  peer: {
    tenant: text,
    idTag: text,
    name: text,
    type: fc.constantFrom('person', 'community'),
    profilePic: text,
    at: time,
  },
  delivery: {
    tenant: text,
    actionId: text,
    to: text,
    state: fc.constantFrom(...DELIVERY_STATES),
    attempts: count,
    nextAt: time,
    queuePlace: time,
    peerNextAt: time,
    peerFailures: count,
    error,
    answer: fc.record({ requestId: text, parkedUntil: time }, { requiredKeys: ['requestId'] }),
    related: tokens,
    at: time,
  },
  deliveries: { tenant: text, actionId: text, to: tokens, nextAt: time, related: tokens, at: time },
  treatment: { tenant: text, peer: text, blocked: flag, muted: flag, at: time },
  parked: {
    tenant: text,
    actionId: text,
    token: text,
    related: tokens,
    issuer: text,
    attempts: count,
    nextAt: time,
    at: time,
    bytes: count,
  },
  retried: { tenant: text, actionId: text, attempts: count, nextAt: time, at: time },
  unparked: { tenant: text, actionId: text, outcome: text, at: time },
  file: {
    tenant: text,
    fileId: text,
    descriptor: text,
    fileName: text,
    contentType: text,
    preset: text,
    owner: text,
    fetched: count,
    at: time,
  },
  fetch: {
    tenant: text,
    fileId: text,
    from: text,
    state: fc.constantFrom('queued', 'refused', 'expired'),
    attempts: count,
    nextAt: time,
    error,
    at: time,
  },
  erased: { tenant: text, actionIds: tokens, fileIds: tokens, at: time },
  trace: {
    tenant: text,
    actionId: text,
    signing: text,
    claims: fc.record({ t: text, iss: text, iat: time, sub: text, a: tokens }, { requiredKeys: ['t', 'iss', 'iat'] }),
    direction: fc.constantFrom('in', 'out'),
    receivedAt: time,
    status: fc.constantFrom(...STATUSES),
    visibility: fc.constantFrom(...VISIBILITIES),
    bytes: count,
    role: fc.constantFrom(...ROLES),
    key: text,
  },
  twin: { tenant: text, actionId: text, signing: text, bytes: count, at: time },
  forgotten: { tenant: text, before: time, at: time },
  circuits: {
    tenant: fc.constant(''),
    open: fc.array(fc.record({ peer: text, since: time, failures: count, nextAt: time, error })),
    at: time,
  },
};

const OPTIONAL: { [K in Kind]?: string[] } = {
  action: ['visibility'],
  peer: ['profilePic'],
  delivery: ['nextAt', 'queuePlace', 'peerNextAt', 'peerFailures', 'error', 'answer', 'related'],
  deliveries: ['related'],
  parked: ['related', 'bytes'],
  file: ['preset', 'owner', 'fetched'],
  fetch: ['nextAt'],
  erased: ['fileIds'],
  trace: ['visibility', 'role', 'key'],
};

const KINDS = Object.keys(EVENT_CODECS) as Kind[];

function eventsOf(kind: Kind): fc.Arbitrary<JournalEvent> {
  const fields = FIELDS[kind] as Record<string, fc.Arbitrary<unknown>>;
  const requiredKeys = Object.keys(fields).filter((name) => !OPTIONAL[kind]?.includes(name));
  return fc.record(fields, { requiredKeys }).map((values) => ({ kind, ...values }) as unknown as JournalEvent);
}

describe.each(KINDS)('the codec of %s', (kind) => {
  it('reads what it wrote', () => {
    fc.assert(
      fc.property(eventsOf(kind), (event) => {
        expect(decodeEvent(JSON.parse(encodeEvent(event)))).toEqual(event);
      }),
    );
  });

  it('refuses one without a field that it needs, and one with a field of another type', () => {
    const [event] = fc.sample(eventsOf(kind), 1) as [JournalEvent];
    const written = JSON.parse(encodeEvent(event));
    for (const name of Object.keys(FIELDS[kind])) {
      const onDisk = name === 'queuePlace' ? 'place' : name;
      const without = () => ({ ...written, [onDisk]: undefined });
      const isNeeded = !OPTIONAL[kind]?.includes(name);
      if (isNeeded) expect(() => decodeEvent(without()), name).toThrow(`malformed "${onDisk}"`);
      else expect(decodeEvent(without())).toEqual({ ...event, [name]: undefined });
      const other = { ...written, [onDisk]: { of: 'another type' } };
      expect(() => decodeEvent(other), name).toThrow(`malformed "${onDisk}"`);
    }
  });

  it('keeps what a later version added to it', () => {
    const [event] = fc.sample(eventsOf(kind), 1) as [JournalEvent];
    expect(decodeEvent({ ...JSON.parse(encodeEvent(event)), later: 1 })).toEqual({ ...event, later: 1 });
  });
});

it('refuses an event of a kind that it does not know, and what is none', () => {
  for (const json of [{ kind: 'toString' }, { kind: 'later' }, {}, null, 'action', ['action']]) {
    expect(() => decodeEvent(json)).toThrow('unknown kind');
  }
});

it('reads what earlier versions wrote of a superseded delivery', () => {
  const [event] = fc.sample(eventsOf('delivery'), 1) as [JournalEvent];
  const withError = (code: string) => ({ ...event, state: 'expired', error: { code, message: '' } });
  expect(decodeEvent(withError('check.superseded'))).toEqual({ ...withError('check.superseded'), state: 'superseded' });
  expect(decodeEvent(withError('network.timeout'))).toEqual(withError('network.timeout'));
});

it('never writes what only saves work', () => {
  const [event] = fc.sample(eventsOf('action'), 1) as [JournalEvent];
  expect(encodeEvent({ ...event, decoded: { token: 'x' } } as unknown as JournalEvent)).toBe(encodeEvent(event));
});

it('keeps the names that earlier versions wrote', () => {
  const treatment = {
    kind: 'treatment',
    tenant: 'a.test',
    peer: 'b.test',
    blocked: true,
    muted: false,
    at: 1,
  } as const;
  const row = '{"kind":"standing","tenant":"a.test","peer":"b.test","blocked":true,"muted":false,"at":1}';
  expect(encodeEvent(treatment)).toBe(row);
  expect(decodeEvent(JSON.parse(row))).toEqual(treatment);
  expect(() => decodeEvent({ ...treatment })).toThrow('unknown kind ("treatment")');
  const queued = {
    kind: 'delivery',
    tenant: 'a.test',
    actionId: 'x',
    to: 'b.test',
    state: 'queued',
    attempts: 1,
  } as const;
  const line =
    '{"kind":"delivery","tenant":"a.test","actionId":"x","to":"b.test","state":"queued","attempts":1,"place":7,"at":2}';
  expect(encodeEvent({ ...queued, queuePlace: 7, at: 2 })).toBe(line);
  expect(decodeEvent(JSON.parse(line))).toEqual({ ...queued, queuePlace: 7, at: 2 });
});
