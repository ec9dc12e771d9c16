import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerFrom } from '../../../src/sandbox/dns/zone.ts';
import { record, zone } from '../../support/dns-servers.ts';

const zones = [
  zone(
    'alice.test',
    record('alice.test', 'A', '127.0.0.1'),
    record('a.b.alice.test', 'A', '127.0.0.1'),
    record('www.alice.test', 'CNAME', 'alice.test'),
    record('out.alice.test', 'CNAME', 'elsewhere.example'),
    record('round.alice.test', 'CNAME', 'round2.alice.test'),
    record('round2.alice.test', 'CNAME', 'round.alice.test'),
    record('sub.alice.test', 'NS', 'ns.sub.alice.test'),
    record('ns.sub.alice.test', 'A', '127.0.0.9'),
  ),
  zone('bob.alice.test', record('bob.alice.test', 'A', '127.0.0.2')),
];
const ask = (name: string, type = 'A') => answerFrom(zones, { name, type });
const data = (name: string, type = 'A') => ask(name, type).answers.map((answer) => answer.data);

describe('answerFrom', () => {
  it('finds records whatever the case of the question', () => {
    expect(data('ALICE.test')).toEqual(['127.0.0.1']);
    expect(ask('alice.test')).toMatchObject({ rcode: 'NOERROR', authoritative: true });
  });

  it('tells a name without such a record from a name that does not exist, both with the SOA record', () => {
    for (const name of ['alice.test', 'b.alice.test']) {
      expect(ask(name, 'AAAA')).toMatchObject({ rcode: 'NOERROR', answers: [], authorities: [{ type: 'SOA' }] });
    }
    expect(ask('no.alice.test')).toMatchObject({ rcode: 'NXDOMAIN', answers: [], authorities: [{ type: 'SOA' }] });
  });

  it('refuses names of other zones', () => {
    expect(ask('malice.test')).toMatchObject({ rcode: 'REFUSED', authoritative: false });
    expect(ask('test')).toMatchObject({ rcode: 'REFUSED' });
  });

  it('answers from the closest zone', () => {
    expect(data('bob.alice.test')).toEqual(['127.0.0.2']);
    expect(ask('cl-o.bob.alice.test').authorities).toMatchObject([{ name: 'bob.alice.test' }]);
  });

  it('follows aliases inside the zone only, and ends in a circle', () => {
    expect(data('www.alice.test')).toEqual(['alice.test', '127.0.0.1']);
    expect(data('www.alice.test', 'CNAME')).toEqual(['alice.test']);
    expect(data('out.alice.test')).toEqual(['elsewhere.example']);
    expect(data('round.alice.test')).toEqual(['round2.alice.test', 'round.alice.test']);
  });

  it('refers to the servers of a delegated zone, with their addresses', () => {
    expect(ask('x.sub.alice.test')).toMatchObject({
      rcode: 'NOERROR',
      authoritative: false,
      answers: [],
      authorities: [{ type: 'NS', name: 'sub.alice.test' }],
      additionals: [{ type: 'A', data: '127.0.0.9' }],
    });
  });

  it('answers any name and type', () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('A', 'AAAA', 'CAA', 'ANY', 'TYPE65'), (name, type) => {
        expect(['NOERROR', 'NXDOMAIN', 'REFUSED']).toContain(ask(name, type).rcode);
      }),
    );
  });
});
