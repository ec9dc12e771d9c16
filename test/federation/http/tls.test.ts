import { describe, expect, it } from 'vitest';
import { errorToObject } from '../../../src/protocol/errors.ts';
import { makeAuthority, selfSignedServer } from '../../support/certificates.ts';
import { failureOf } from '../../support/failure.ts';
import { answer, startLab, trustedAuthority } from '../../support/lab.ts';

const URL = 'https://cl-o.bob.test/api/me';
const NAMES = ['bob.test', 'cl-o.bob.test'];

describe('a certificate', () => {
  it('of an unknown authority is tls.untrusted, naming the issuer', async () => {
    const lab = await startLab();
    const bob = await lab.peer(
      'bob.test',
      (_, response) => answer(response, 1),
      await (await makeAuthority('Rogue CA')).issue(NAMES),
    );
    const error = await failureOf(lab.requester.get(URL));
    expect(error).toMatchObject({
      code: 'tls.untrusted',
      stage: 'tls',
      retryable: false,
      details: { host: 'cl-o.bob.test', tls: { issuer: 'Rogue CA' } },
    });
    expect(error.hint).toContain('--network');
    expect(bob.requests).toEqual([]);
  });

  it('without its intermediate one is told to be served with the full chain, and with it is taken', async () => {
    const lab = await startLab();
    const between = await (await trustedAuthority()).intermediate('Between');
    const { cert, key } = await between.issue(NAMES);
    const bob = await lab.peer('bob.test', (_, response) => answer(response, 1), { cert, key });
    const error = await failureOf(lab.requester.get(URL));
    expect(error).toMatchObject({
      code: 'tls.untrusted',
      hint: expect.stringContaining('serve the full chain'),
      details: { reason: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', tls: { issuer: 'Between' } },
    });
    expect(error.message).toContain('without that of its issuer (Between)');
    bob.server.setSecureContext({ cert: cert + between.ca, key });
    await expect(lab.requester.get(URL)).resolves.toMatchObject({ status: 200 });
  });

  it('that is signed by itself is told to be so, and not to lack a chain', async () => {
    const lab = await startLab();
    await lab.peer('bob.test', (_, response) => answer(response, 1), await selfSignedServer(NAMES));
    const error = await failureOf(lab.requester.get(URL));
    expect(error).toMatchObject({ code: 'tls.untrusted', details: { reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' } });
    expect(error.message).toContain('signed by itself');
    expect(error.hint).not.toContain('serve the full chain');
  });

  it('that has expired is tls.expired, naming the day', async () => {
    const lab = await startLab();
    const certificate = await (await trustedAuthority()).issue(NAMES, { days: -1 });
    await lab.peer('bob.test', (_, response) => answer(response, 1), certificate);
    const error = await failureOf(lab.requester.get(URL));
    expect(error).toMatchObject({ code: 'tls.expired', stage: 'tls' });
    expect(error.message).toMatch(/\d{4}-\d\d-\d\d/);
  });

  it('that is not valid yet is tls.expired too', async () => {
    const lab = await startLab();
    const certificate = await (await trustedAuthority()).issue(NAMES, { startsInDays: 2 });
    await lab.peer('bob.test', (_, response) => answer(response, 1), certificate);
    const error = await failureOf(lab.requester.get(URL));
    expect(error).toMatchObject({ code: 'tls.expired', details: { reason: 'CERT_NOT_YET_VALID' } });
  });

  it('for other names is tls.name, naming them', async () => {
    const lab = await startLab();
    // A common mistake: a certificate for the app domain only.
    const certificate = await (await trustedAuthority()).issue(['bob.test']);
    await lab.peer('bob.test', (_, response) => answer(response, 1), certificate);
    const error = await failureOf(lab.requester.get(URL));
    expect(error).toMatchObject({ code: 'tls.name', stage: 'tls', details: { tls: { altNames: ['bob.test'] } } });
  });

  it('that is fine but for a protocol we refuse is tls.handshake', async () => {
    const lab = await startLab();
    await lab.peer('bob.test', (_, response) => answer(response, 1), { maxVersion: 'TLSv1.1', minVersion: 'TLSv1' });
    const error = await failureOf(lab.requester.get(URL));
    expect(error).toMatchObject({ code: 'tls.handshake', stage: 'tls', retryable: false });
  });

  it('is asked for by the name in the URL (SNI), as A-label', async () => {
    const lab = await startLab();
    const names: string[] = [];
    const bob = await lab.peer('münchen.test', (_, response) => answer(response, 1));
    bob.server.on('secureConnection', (socket) => names.push(String(socket.servername)));
    await lab.requester.get('https://cl-o.xn--mnchen-3ya.test/');
    expect(names).toEqual(['cl-o.xn--mnchen-3ya.test']);
  });

  it('is asked for by the name in the URL, also where Host names another', async () => {
    const lab = await startLab();
    const names: string[] = [];
    const bob = await lab.peer('bob.test', (request, response) => answer(response, { host: request.headers.host }));
    bob.server.on('secureConnection', (socket) => names.push(String(socket.servername)));
    const response = await lab.requester.get(URL, { headers: { Host: 'cl-o.nobody.test' } });
    expect(names).toEqual(['cl-o.bob.test']);
    expect(response.json()).toMatchObject({ data: { host: 'cl-o.nobody.test' } });
  });
});

it('a refused certificate can be written as JSON', async () => {
  const lab = await startLab();
  await lab.peer(
    'bob.test',
    (_, response) => answer(response, 1),
    await (await makeAuthority('Rogue CA')).issue(NAMES),
  );
  const object = errorToObject(await failureOf(lab.requester.get(URL)));
  expect(JSON.parse(JSON.stringify(object))).toMatchObject({
    code: 'tls.untrusted',
    details: { tls: { issuer: 'Rogue CA' } },
  });
});
