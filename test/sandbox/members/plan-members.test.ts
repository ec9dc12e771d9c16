import { describe, expect, it } from 'vitest';
import type { SandboxState } from '../../../src/sandbox/directory/state.ts';
import { parseMember, withAddresses, withMembers } from '../../../src/sandbox/members/plan-members.ts';
import { parseAddressRange } from '../../../src/sandbox/network/address-range.ts';

const empty: SandboxState = {
  version: 1,
  createdAt: '2026-01-01T00:00:00.000Z',
  dns: { address: '127.0.0.1', port: 0 },
  pid: null,
  identities: [],
  members: [],
};
const carol = { idTag: 'carol.test', address: '127.0.0.1', port: 9443 };

describe('parseMember', () => {
  it('reads IPv4 and IPv6', () => {
    expect(parseMember('Carol.TEST=127.0.0.1:9443')).toEqual(carol);
    expect(parseMember('carol.test=[::1]:9443')).toEqual({ ...carol, address: '::1' });
  });

  it.each([
    ['carol.test', 'usage.member'],
    ['carol.test=127.0.0.1', 'usage.member'],
    ['carol.test=127.0.0.1:0', 'usage.member'],
    ['carol.test=127.0.0.1:65536', 'usage.member'],
    ['carol.test=localhost:1', 'usage.member'],
    ['carol.test=::1:1', 'usage.member'],
    ['carol.test=[127.0.0.1]:1', 'usage.member'],
    ['=127.0.0.1:1', 'usage.member'],
    ['a_b.test=127.0.0.1:1', 'usage.id-tag'],
  ])('refuses %s', (text, code) => {
    expect(() => parseMember(text)).toThrow(expect.objectContaining({ code }));
  });
});

describe('identities of one server', () => {
  const of = ({ identities }: SandboxState) => identities.map((one) => [one.idTag, one.with ?? null]);

  it('share the home of the first, or of the one that has a home already', () => {
    const first = withMembers(empty, ['alice.test,Anna.TEST,alice.test', 'bob.test'], []);
    expect(of(first)).toEqual([
      ['alice.test', null],
      ['anna.test', 'alice.test'],
      ['bob.test', null],
    ]);
    expect(withMembers(first, ['alice.test,anna.test'], []).identities).toEqual(first.identities);
    expect(of(withMembers(first, ['carl.test,bob.test', 'dora.test,anna.test'], [])).slice(3)).toEqual([
      ['carl.test', 'bob.test'],
      ['dora.test', 'alice.test'],
    ]);
  });

  it.each([
    ['anna.test,bob.test', 'usage.member'],
    ['alice.test,,bob.test', 'usage.id-tag'],
    ['alice.test,', 'usage.id-tag'],
    [',', 'usage.id-tag'],
    ['carol.test,dora.test', 'usage.member'],
  ])('%s is refused', (group, code) => {
    const state = withMembers(empty, ['alice.test,anna.test', 'bob.test'], [carol]);
    expect(() => withMembers(state, [group], [])).toThrow(expect.objectContaining({ code }));
  });
});

describe('withMembers', () => {
  it('adds to what is known, once', () => {
    const first = withMembers(empty, ['alice.test', 'ALICE.test', 'bob.test'], []);
    expect(first.identities.map(({ idTag }) => idTag)).toEqual(['alice.test', 'bob.test']);
    const known = { ...first, identities: first.identities.map((one) => ({ ...one, port: 8443 })) };
    const second = withMembers(known, ['bob.test', 'dave.test'], [carol]);
    expect(second.identities.map(({ idTag, port }) => [idTag, port])).toEqual([
      ['alice.test', 8443],
      ['bob.test', 8443],
      ['dave.test', 0],
    ]);
    expect(withMembers(second, [], []).members).toEqual([carol]);
  });

  it('moves a member that is named again', () => {
    const state = withMembers(empty, [], [carol]);
    expect(withMembers(state, [], [{ ...carol, port: 1 }]).members).toEqual([{ ...carol, port: 1 }]);
  });

  it('refuses one name for two, and nobody at all', () => {
    expect(() => withMembers(empty, ['carol.test'], [carol])).toThrow(
      expect.objectContaining({ code: 'usage.member' }),
    );
    expect(() => withMembers(empty, [], [])).toThrow(expect.objectContaining({ code: 'usage.missing' }));
    expect(() => withMembers(empty, ['x'], [])).toThrow(expect.objectContaining({ code: 'usage.id-tag' }));
  });
});

describe('withAddresses', () => {
  const of = (state: ReturnType<typeof withMembers>) =>
    state.identities.map(({ idTag, address, port }) => [idTag, address, port]);
  const range = parseAddressRange('127.0.0.0/29');

  it('gives the DNS server and each server an address of its own, and lets it keep that', () => {
    const carol = { idTag: 'carol.test', address: '127.0.0.3', port: 443 };
    const planned = withMembers(empty, ['alice.test,anna.test', 'bob.test'], [carol]);
    const state = withAddresses(
      { ...planned, identities: planned.identities.map((one) => ({ ...one, port: 8443 })) },
      range,
    );
    expect(state.dns).toEqual({ address: '127.0.0.2', port: 0 });
    const first = [
      ['alice.test', '127.0.0.4', 0],
      ['anna.test', '127.0.0.4', 0],
      ['bob.test', '127.0.0.5', 0],
    ];
    expect(of(state)).toEqual(first);
    const known = { ...state, identities: state.identities.map((one) => ({ ...one, port: 443 })) };
    expect(of(withAddresses(withMembers(known, ['alice.test,amy.test', 'dora.test'], []), range))).toEqual([
      ...first.map(([idTag, address]) => [idTag, address, 443]),
      ['amy.test', '127.0.0.4', 0],
      ['dora.test', '127.0.0.6', 0],
    ]);
    expect(withAddresses(planned, undefined)).toBe(planned);
    expect(() => withAddresses(withMembers(known, ['a.test', 'b.test', 'c.test'], []), range)).toThrow(
      expect.objectContaining({ code: 'usage.value' }),
    );
  });

  it.each(['10.0.0.0/24', '127.0.0.0', '127.0.0.0/31', '127.0.0.0/7', '127.0.0.256/24', '::1/64', ''])(
    'refuses %j',
    (text) => {
      expect(() => parseAddressRange(text)).toThrow(expect.objectContaining({ code: 'usage.value' }));
    },
  );

  it('begins where the range begins', () => {
    expect(parseAddressRange('127.1.2.3/16').take(new Set())).toBe('127.1.0.2');
  });
});
