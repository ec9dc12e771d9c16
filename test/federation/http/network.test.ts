import { describe, expect, it } from 'vitest';
import { parseNetwork, sandboxEndpoint } from '../../../src/federation/http/network.ts';
import { trustedAuthority } from '../../support/lab.ts';

const { ca, issue } = await trustedAuthority();
const good = (): Record<string, unknown> => ({
  version: 1,
  dns: '127.0.0.1:5353',
  ca,
  endpoints: { 'alice.test': '127.0.0.1:8443', 'xn--mnchen-3ya.test': '[::1]:9443' },
});

describe('a network file', () => {
  it('is read', () => {
    const network = parseNetwork(good());
    expect(network).toMatchObject({ kind: 'sandbox', dns: { address: '127.0.0.1', port: 5353 }, ca });
    expect({ ...network.endpoints }).toEqual({
      'alice.test': { address: '127.0.0.1', port: 8443 },
      'xn--mnchen-3ya.test': { address: '::1', port: 9443 },
    });
  });

  it('names each endpoint by idTag and API host, in any case, and nothing else', () => {
    const network = parseNetwork(good());
    for (const host of ['alice.test', 'cl-o.alice.test', 'CL-O.ALICE.TEST']) {
      expect(sandboxEndpoint(network, host), host).toEqual({ address: '127.0.0.1', port: 8443 });
    }
    for (const host of ['bob.test', 'x.alice.test', 'cl-o.cl-o.alice.test', 'constructor', '__proto__', 'toString']) {
      expect(sandboxEndpoint(network, host), host).toBeNull();
    }
  });

  it.each<[string, unknown]>([
    ['version', 2],
    ['version', undefined],
    ['dns', undefined],
    ['dns', 5353],
    ['dns', '127.0.0.1'],
    ['dns', 'localhost:5353'],
    ['dns', '127.0.0.1:0'],
    ['dns', '127.0.0.1:65536'],
    ['dns', '::1:5353'],
    ['dns', '[127.0.0.1]:53'],
    ['ca', undefined],
    ['ca', 'no certificate'],
    ['endpoints', undefined],
    ['endpoints', []],
    ['extra', true],
  ])('with "%s" = %j is usage.network, naming the field', (field, value) => {
    expect(() => parseNetwork({ ...good(), [field]: value })).toThrow(
      expect.objectContaining({ code: 'usage.network', details: { field } }),
    );
  });

  it.each(['ALICE.test', 'münchen.test', 'a_b.test', 'alice.test.', '', '../etc'])(
    'with an endpoint for %j is usage.network',
    (name) => {
      expect(() => parseNetwork({ ...good(), endpoints: { [name]: '127.0.0.1:1' } })).toThrow(
        expect.objectContaining({ code: 'usage.network', details: { field: `endpoints.${name}` } }),
      );
    },
  );

  it('with an endpoint that is none is usage.network', () => {
    expect(() => parseNetwork({ ...good(), endpoints: { 'alice.test': 'bob.test:443' } })).toThrow(
      expect.objectContaining({ code: 'usage.network', details: { field: 'endpoints.alice.test' } }),
    );
  });

  it('with the certificate of a server for its authority is usage.network', async () => {
    const { cert } = await issue(['alice.test']);
    expect(() => parseNetwork({ ...good(), ca: cert })).toThrow(expect.objectContaining({ details: { field: 'ca' } }));
  });

  it.each([null, [], 'text', 1])('that is %j is usage.network', (json) => {
    expect(() => parseNetwork(json)).toThrow(expect.objectContaining({ code: 'usage.network' }));
  });
});
