/** Whether the other direction can be proven: the peer fetches the profile from the server here, or has the key already. */
import { expect, it } from 'vitest';
import { createRequester } from '../../../src/federation/http/request.ts';
import { createPeerApi } from '../../../src/federation/peer/api.ts';
import { examinePeer } from '../../../src/services/doctor/examine-peer.ts';
import { profileReads } from '../../../src/services/doctor/local/profile-readers.ts';
import { systemClock } from '../../../src/services/runtime/system-clock.ts';
import { answer, refuse } from '../../support/lab.ts';
import { makeIdentity } from '../../support/lab-identity.ts';
import { startTwoSides, type TwoSides } from '../../support/two-sides.ts';
import { at, serveWell } from '../../support/well-server.ts';

/** A peer that takes a PROXY token when it could fetch the key, or has it. */
async function peerThat({ lab, alice, port }: TwoSides, way: 'fetches' | 'has the key' | 'drops bearers') {
  alice.server.facts = { pid: 1, url: `https://127.0.0.1:${port}`, startedAt: 0 };
  const signIn = at('/api/auth/access-token', async (_request, response) => {
    if (way === 'fetches') await lab.api.fetchProfile('alice.test');
    answer(response, { token: 'e30.e30.e30' });
  });
  const actions = at('/api/actions?limit', ({ headers }, response) =>
    headers.authorization === 'Bearer e30.e30.e30' || way === 'drops bearers'
      ? answer(response, [])
      : refuse(response, 401, 'E-AUTH-UNAUTH'),
  );
  const odd: typeof signIn = (...request) => signIn(...request) || actions(...request);
  await serveWell(lab, { odd, identity: makeIdentity('bob.test') });
}

async function access({ lab, alice }: TwoSides) {
  const { network } = lab;
  const open = async () => {
    const requester = createRequester({ network, timeout: 5_000 });
    const { accessTokens } = alice;
    const ask = (peer: string, call: (bearer?: string) => Promise<unknown>) =>
      accessTokens.with('alice.test', peer, call);
    return {
      ...{ network, requester, api: createPeerApi(requester), clock: systemClock },
      signIn: { as: 'alice.test', ask },
      reads: (tenant: string, since: number) => profileReads(alice, { tenant, since }),
      close: async () => requester.close(),
    };
  };
  const { findings, checks } = await examinePeer(open, { idTag: 'bob.test', minValidity: 0 });
  return { findings, reason: checks.find(({ id }) => id === 'access')?.reason };
}

it('is proven when the peer fetched the profile meanwhile', async () => {
  const sides = await startTwoSides();
  await peerThat(sides, 'fetches');
  const { findings, reason } = await access(sides);
  expect({ findings, reason }).toEqual({
    findings: [],
    reason: expect.stringContaining('is proven: 127.0.0.1 fetched its profile'),
  });
});

it('is not proven when the peer had the key', async () => {
  const sides = await startTwoSides();
  await sides.lab.api.fetchProfile('alice.test');
  await peerThat(sides, 'has the key');
  expect((await access(sides)).reason).toContain('not proven: nobody fetched its profile');
});

it('is not proven by somebody at another address', async () => {
  const sides = await startTwoSides();
  await peerThat(sides, 'has the key');
  const { note } = sides.alice.server.profileReads;
  note({ tenant: 'alice.test', address: '192.0.2.9', at: Date.now() + 60_000 });
  expect((await access(sides)).reason).toContain('not proven: its profile was fetched from 192.0.2.9');
});

it('is not proven where no server runs', async () => {
  const sides = await startTwoSides();
  await peerThat(sides, 'fetches');
  sides.alice.server.facts = null;
  expect((await access(sides)).reason).toContain('not proven: no server runs here');
});

it('does not say that somebody was let in where any bearer is taken', async () => {
  const sides = await startTwoSides();
  await peerThat(sides, 'drops bearers');
  const { findings, reason } = await access(sides);
  expect(findings).toMatchObject([{ fault: 'bearer-ignored', severity: 'warning' }]);
  expect(reason).toMatch(/^whether alice\.test was let in can't be told/);
});

it('remembers the latest requests of a tenant only, a bounded number', async () => {
  const { alice } = await startTwoSides();
  const { note, since } = alice.server.profileReads;
  for (let n = 0; n < 1_000; n += 1) note({ tenant: n % 2 ? 'alice.test' : 'anna.test', address: `${n}`, at: n });
  expect(since('alice.test', 0)).toHaveLength(128);
  expect(since('alice.test', 990).map(({ address }) => address)).toEqual(['991', '993', '995', '997', '999']);
});
