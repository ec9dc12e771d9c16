import { describe, expect, test } from 'vitest';
import type { SandboxState } from '../../../src/sandbox/directory/state.ts';
import { answerFrom } from '../../../src/sandbox/dns/zone.ts';
import { zonesOf } from '../../../src/sandbox/dns/zones.ts';

const state = {
  dns: { address: '127.0.0.1', port: 5353 },
  identities: [{ idTag: 'alice.test' }, { idTag: 'münchen.test' }],
  members: [{ idTag: 'dave.example', address: '127.0.0.9', port: 443 }],
} as unknown as SandboxState;

const ask = (name: string, type = 'A') => answerFrom(zonesOf(state), { name, type });

describe('the names of a sandbox', () => {
  test.each([
    ['alice.test', '127.0.0.1'],
    ['cl-o.alice.test', '127.0.0.1'],
    ['cl-o.xn--mnchen-3ya.test', '127.0.0.1'],
    ['dave.example', '127.0.0.9'],
    ['cl-o.dave.example', '127.0.0.9'],
  ])('%s has the address %s', (name, data) => {
    expect(ask(name)).toMatchObject({ rcode: 'NOERROR', authoritative: true, answers: [{ type: 'A', data }] });
  });

  test.each(['carol.test', 'cl-o.carol.test', 'example.com', 'x.alice.test'])(
    '%s does not exist: there is no world outside',
    (name) =>
      expect(ask(name)).toMatchObject({ rcode: 'NXDOMAIN', authoritative: true, authorities: [{ type: 'SOA' }] }),
  );

  test.each(['test', 'example', ''])('%j exists without an address', (name) => {
    expect(ask(name)).toMatchObject({ rcode: 'NOERROR', answers: [] });
  });
});
