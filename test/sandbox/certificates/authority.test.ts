import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAuthority, issueCertificate } from '../../../src/sandbox/certificates/authority.ts';
import { ensureAuthority, ensureCertificate } from '../../../src/sandbox/certificates/certificates.ts';
import { identityPaths, sandboxPaths } from '../../../src/sandbox/directory/paths.ts';

const now = new Date();
const DAY = 86_400_000;

describe('issueCertificate', () => {
  it('is taken by OpenSSL as a server certificate for its names, under its authority only', async () => {
    const authority = await createAuthority(now);
    const other = await createAuthority(now);
    const leaf = await issueCertificate(authority, ['alice.test', 'cl-o.alice.test'], now);
    const folder = await mkdtemp(join(tmpdir(), 'cloudillo-test-'));
    try {
      await writeFile(join(folder, 'ca.pem'), authority.certificate);
      await writeFile(join(folder, 'other.pem'), other.certificate);
      await writeFile(join(folder, 'leaf.pem'), leaf.certificate);
      const verify = (ca: string, host: string) =>
        execFileSync(
          'openssl',
          ['verify', '-x509_strict', '-purpose', 'sslserver', '-verify_hostname', host, '-CAfile', ca, 'leaf.pem'],
          { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] },
        ).toString();
      expect(verify('ca.pem', 'cl-o.alice.test')).toContain('OK');
      expect(verify('ca.pem', 'alice.test')).toContain('OK');
      expect(() => verify('ca.pem', 'bob.test')).toThrow();
      expect(() => verify('other.pem', 'alice.test')).toThrow();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('carries what strict clients ask for', async () => {
    const authority = await createAuthority(now);
    const ca = new X509Certificate(authority.certificate);
    const leaf = new X509Certificate(
      (await issueCertificate(authority, ['alice.test', 'cl-o.alice.test'], now)).certificate,
    );
    expect(ca.ca).toBe(true);
    expect(leaf.ca).toBe(false);
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(leaf.subjectAltName).toBe('DNS:alice.test, DNS:cl-o.alice.test');
    expect(leaf.verify(ca.publicKey)).toBe(true);
    expect(leaf.checkIssued(ca)).toBe(true);
    const days = (Date.parse(leaf.validTo) - Date.parse(leaf.validFrom)) / DAY;
    expect(days).toBeLessThanOrEqual(398);
    expect(leaf.serialNumber).not.toBe(ca.serialNumber);
  });

  it('stands in a real handshake', async () => {
    const authority = await createAuthority(now);
    const leaf = await issueCertificate(authority, ['xn--mnchen-3ya.test', 'cl-o.xn--mnchen-3ya.test'], now);
    const server = createServer({ cert: leaf.certificate, key: leaf.key }, (_, response) => response.end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const handshake = (servername: string, ca: string) =>
      new Promise<boolean>((resolve) => {
        const socket = connect({ host: '127.0.0.1', port, servername, ca }, () => {
          socket.destroy();
          resolve(true);
        });
        socket.on('error', () => resolve(false));
      });
    try {
      expect(await handshake('cl-o.xn--mnchen-3ya.test', authority.certificate)).toBe(true);
      expect(await handshake('alice.test', authority.certificate)).toBe(false);
      expect(await handshake('cl-o.xn--mnchen-3ya.test', (await createAuthority(now)).certificate)).toBe(false);
    } finally {
      server.close();
    }
  });
});

describe('the certificate files', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cloudillo-test-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('are kept while they last, and the keys are private', async () => {
    const paths = sandboxPaths(folder);
    const files = identityPaths(paths, 'alice.test');
    const authority = await ensureAuthority(paths, now);
    expect(await ensureCertificate(authority, files, 'alice.test', now)).toBe(true);
    expect(await ensureAuthority(paths, now)).toEqual(authority);
    expect(await ensureCertificate(authority, files, 'alice.test', now)).toBe(false);
    for (const key of [paths.caKey, files.key]) expect((await stat(key)).mode & 0o777).toBe(0o600);
  });

  it('are made anew when they run out, are damaged, of another authority or for another name', async () => {
    const paths = sandboxPaths(folder);
    const files = identityPaths(paths, 'alice.test');
    const authority = await ensureAuthority(paths, now);
    const ensure = (by = authority, idTag = 'alice.test', at = now) => ensureCertificate(by, files, idTag, at);
    await ensure();
    expect(await ensure(authority, 'alice.test', new Date(now.getTime() + 380 * DAY))).toBe(true);
    await writeFile(files.certificate, 'no certificate');
    expect(await ensure()).toBe(true);
    expect(await ensure(authority, 'bob.test')).toBe(true);
    expect(await ensure(await createAuthority(now), 'bob.test')).toBe(true);
    expect(await ensureAuthority(paths, new Date(now.getTime() + 3640 * DAY))).not.toEqual(authority);
  });
});
