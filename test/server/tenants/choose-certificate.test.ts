import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createSecureContext, createServer, type SecureVersion } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { chooseCertificate } from '../../../src/server/tenants/choose-certificate.ts';
import { createChallenges } from '../../../src/services/certificates/challenges.ts';
import { selfSigned } from '../../../src/services/certificates/x509.ts';

const OWN = 'alice.test';

async function start() {
  const challenges = createChallenges();
  const end = await challenges.show('alice.test', 'token.thumbprint', Date.now());
  const own = createSecureContext(await selfSigned([OWN, 'cl-o.alice.test'], Date.now()));
  const standIn = await selfSigned([], Date.now());
  const choice = chooseCertificate((name) => (name.endsWith(OWN) ? own : null), challenges);
  const server = createServer({ ...standIn, minVersion: 'TLSv1.2', ...choice }, (socket) => socket.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { port: (server.address() as AddressInfo).port, end };
}

/** What a client gets that asks for these protocols. */
async function ask(port: number, servername: string, protocols: string[] | undefined, version: SecureVersion) {
  const socket = connect({
    ...{ port, host: '127.0.0.1', servername, rejectUnauthorized: false },
    ...{ minVersion: version, maxVersion: version, ...(protocols && { ALPNProtocols: protocols }) },
  });
  await once(socket, 'secureConnect');
  const certificate = new X509Certificate(socket.getPeerCertificate().raw);
  const { alpnProtocol } = socket;
  socket.destroy();
  return { protocol: alpnProtocol, names: certificate.subjectAltName, raw: certificate.raw.toString('hex') };
}

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('the certificate of a handshake with %s', (version) => {
  it('shows the challenge to who asks for it, and the usual one to all others', async () => {
    const { port, end } = await start();
    const challenge = await ask(port, OWN, ['acme-tls/1'], version);
    const proof = createHash('sha256').update('token.thumbprint').digest('hex');
    expect(challenge).toMatchObject({ protocol: 'acme-tls/1', names: 'DNS:alice.test' });
    // RFC 8737: a critical extension with the hash.
    expect(challenge.raw).toContain(`06082b0601050507011f0101ff04220420${proof}`);
    const usual = { names: 'DNS:alice.test, DNS:cl-o.alice.test' };
    await expect(ask(port, OWN, ['http/1.1'], version)).resolves.toMatchObject({ protocol: 'http/1.1', ...usual });
    await expect(ask(port, OWN, undefined, version)).resolves.toMatchObject({ protocol: false, ...usual });
    await expect(ask(port, 'bob.test', ['http/1.1'], version)).resolves.toMatchObject({ names: undefined });
    await end();
    await expect(ask(port, OWN, ['acme-tls/1'], version)).rejects.toMatchObject({ message: /no application protocol/ });
  });

  it('refuses a challenge for a name that shows none, and protocols that are not spoken', async () => {
    const { port } = await start();
    for (const [name, protocol] of [
      ['cl-o.alice.test', 'acme-tls/1'],
      [OWN, 'h2'],
    ] as const) {
      await expect(ask(port, name, [protocol], version)).rejects.toMatchObject({ message: /no application protocol/ });
    }
  });
});
