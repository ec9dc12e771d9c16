import { readFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Client, createClient } from '../../src/library/client.ts';
import { actionId, generateKey, signToken } from '../../src/library/protocol.ts';
import { failureOf } from '../support/failure.ts';
import { answer, type Lab, refuse, startLab } from '../support/lab.ts';
import { networkFile, now } from '../support/lab-identity.ts';

/** A client in the lab, as another program makes one. */
function clientIn(lab: Lab): Client {
  const client = createClient({ network: JSON.parse(readFileSync(networkFile(lab), 'utf8')), userAgent: 'example/1' });
  onTestFinished(() => client.close());
  return client;
}

/** An issuer whose key the test may replace, with its requests. */
async function issuer(lab: Lab) {
  const state = { ...generateKey(), expiresAt: undefined as string | undefined };
  const peer = await lab.peer('alice.test', (_, response) => {
    const { publicKey, expiresAt } = state;
    answer(response, { idTag: 'alice.test', name: 'Alice', keys: [{ keyId: '260101', publicKey, expiresAt }] });
  });
  const sign = (claims = {}) =>
    signToken({ iss: 'alice.test', k: '260101', t: 'FLLW', aud: 'bob.test', iat: now(), ...claims }, state.privateKey);
  return { state, requests: peer.requests, sign };
}

describe('cloudillo/client', () => {
  it('fetches a profile, and finds a key in it', async () => {
    const lab = await startLab();
    const { state, requests } = await issuer(lab);
    state.expiresAt = '2027-01-01T00:00:00.000Z';
    const client = clientIn(lab);
    expect(await client.fetchProfile('alice.test')).toMatchObject({ idTag: 'alice.test', name: 'Alice' });
    const { publicKey, expiresAt } = state;
    expect(await client.findKey('alice.test', '260101')).toEqual({ keyId: '260101', publicKey, expiresAt });
    expect(await client.findKey('alice.test', '1')).toBeNull();
    expect(requests[0]?.headers['user-agent']).toBe('example/1');
  });

  it('verifies by the issuer’s profile, and asks it once', async () => {
    const lab = await startLab();
    const { requests, sign } = await issuer(lab);
    const client = clientIn(lab);
    for (const recipient of ['bob.test', undefined]) {
      const result = await client.verifyToken(await sign(), recipient === undefined ? {} : { recipient });
      expect(result).toMatchObject({ valid: true, token: { claims: { iss: 'alice.test' } } });
    }
    expect(requests).toHaveLength(1);
  });

  it('asks again when the key was replaced under its ID', async () => {
    const lab = await startLab();
    const { state, requests, sign } = await issuer(lab);
    const client = clientIn(lab);
    expect((await client.verifyToken(await sign())).valid).toBe(true);
    Object.assign(state, generateKey());
    expect((await client.verifyToken(await sign())).valid).toBe(true);
    expect(requests).toHaveLength(2);
  });

  it('asks nobody for a token that fails without a key', async () => {
    const lab = await startLab();
    const { requests, sign } = await issuer(lab);
    const client = clientIn(lab);
    const result = await client.verifyToken(await sign({ aud: 'bob.test' }), { recipient: 'carol.test' });
    expect(result.valid).toBe(false);
    expect(result.checks.filter(({ status }) => status === 'fail')).toMatchObject([{ id: 'recipient' }]);
    expect(await client.verifyToken('x')).toMatchObject({ valid: false, token: null });
    expect(requests).toEqual([]);
  });

  it('could not tell when the issuer can’t be asked', async () => {
    const lab = await startLab();
    const token = await signToken(
      { iss: 'nobody.test', k: '1', t: 'FLLW', aud: 'bob.test', iat: now() },
      generateKey().privateKey,
    );
    expect(await failureOf(clientIn(lab).verifyToken(token))).toMatchObject({ code: 'dns.nxdomain' });
  });

  it('delivers a token, and tells of a refusal', async () => {
    const lab = await startLab();
    const bob = await lab.peer('bob.test', ({ url }, response) => {
      if (url === '/api/inbox') answer(response, { ok: true }, { status: 202 });
      else refuse(response, 403, 'E-AUTH-NOPERM');
    });
    const client = clientIn(lab);
    expect(await client.deliver('bob.test', 'a.b.c', { related: ['d.e.f'] })).toEqual({
      status: 202,
      data: { ok: true },
    });
    expect(JSON.parse(bob.requests[0]!.body)).toEqual({ token: 'a.b.c', related: ['d.e.f'] });
    expect(await failureOf(client.deliver('bob.test', 'a.b.c', { sync: true }))).toMatchObject({
      code: 'peer.refused',
    });
  });

  it('calls any path', async () => {
    const lab = await startLab();
    const bob = await lab.peer('bob.test', (_, response) => answer(response, [1]));
    const client = clientIn(lab);
    const got = await client.get('bob.test', '/api/actions', { query: { limit: 3 }, bearer: 'secret' });
    expect(got).toMatchObject({ status: 200, headers: { 'content-type': expect.stringContaining('json') } });
    expect(got.json()).toMatchObject({ data: [1] });
    await client.post('bob.test', '/api/actions', { type: 'POST' });
    expect(bob.requests).toMatchObject([
      { method: 'GET', url: '/api/actions?limit=3', headers: { authorization: 'Bearer secret' } },
      { method: 'POST', url: '/api/actions', body: '{"type":"POST"}' },
    ]);
  });

  it('fetches an action, and refuses another one', async () => {
    const lab = await startLab();
    const { sign } = await issuer(lab);
    const token = await sign();
    await lab.peer('bob.test', (_, response) => answer(response, { token }));
    const client = clientIn(lab);
    const id = actionId(token);
    expect(await client.fetchAction('bob.test', id)).toEqual({ view: { token }, token, verifiedId: true });
    expect(await failureOf(client.fetchAction('bob.test', actionId('x')))).toMatchObject({ code: 'peer.mismatch' });
  });

  it('takes no network but the content of a network file', () => {
    expect(() => createClient({ network: 'network.json' })).toThrow(expect.objectContaining({ code: 'usage.network' }));
  });
});
