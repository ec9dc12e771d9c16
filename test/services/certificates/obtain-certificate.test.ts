import { describe, expect, it } from 'vitest';
import { obtainCertificate } from '../../../src/services/certificates/obtain-certificate.ts';
import { assertUsable } from '../../../src/services/certificates/renew-certificate.ts';
import { selfSigned } from '../../../src/services/certificates/x509.ts';

const NAME = 'alice.test';
const NOW = Date.parse('2026-01-31T12:00:00Z');
const URL = 'https://acme.test/dir';

/** An authority that sees no proof of a name. */
function blindAuthority() {
  const answers: Record<string, object> = {
    order: { status: 'pending', authorizations: ['proof'], finalize: 'https://acme.test/finalize' },
    proof: {
      status: 'invalid',
      identifier: { type: 'dns', value: NAME },
      challenges: [{ type: 'dns-01', url: 'challenge', token: 'token', error: { type: 'dns', detail: 'no record' } }],
    },
    challenge: {},
  };
  const ask = async (url: string) => ({
    url: `https://acme.test/${url}`,
    headers: { location: 'order' },
    body: Buffer.from(JSON.stringify(answers[url])),
  });
  return { directory: { newOrder: 'order' }, thumbprint: 'thumbprint', ask } as never;
}

describe('an order', () => {
  it('tells why a name is not proven, also where the proof can not be taken away', async () => {
    const prover = { type: 'dns-01', show: async () => () => Promise.reject(new Error('no removal')) };
    const { signal } = new AbortController();
    const input = { names: [NAME], replaces: null, prover, now: () => NOW, pause: async () => {}, signal };
    await expect(obtainCertificate(blindAuthority(), input)).rejects.toMatchObject({
      code: 'acme.challenge',
      message: expect.stringContaining('no record'),
    });
  });
});

describe('the certificate of an authority', () => {
  it('is taken for the names and the key that it was asked for, and for no other', async () => {
    const pair = await selfSigned([NAME], NOW);
    const other = await selfSigned([NAME], NOW);
    const take = (cert: string, name = NAME) => assertUsable({ cert, key: pair.key }, [name], URL, NOW);
    expect(() => take(pair.cert)).not.toThrow();
    expect(() => take(pair.cert, 'bob.test')).toThrow(/is not for bob\.test/);
    expect(() => take(other.cert)).toThrow(/for another key/);
    expect(() => take(other.key + pair.cert)).toThrow(/more than certificates/);
    expect(() => take('<html>')).toThrow(/no certificate in PEM/);
  });
});
