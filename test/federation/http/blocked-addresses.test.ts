import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createRequester, type Requester } from '../../../src/federation/http/request.ts';
import { DEFAULT_RETRY_POLICY } from '../../../src/federation/http/retry-policy.ts';
import { failureOf } from '../../support/failure.ts';
import { answer, startLab } from '../../support/lab.ts';
import { type NameAnswer, startNameServer } from '../../support/name-server.ts';

/** A requester in the public network whose resolver says what the test wants. */
async function publicRequester(names: Record<string, NameAnswer>): Promise<{ requester: Requester; asked: string[] }> {
  const dns = await startNameServer(names);
  const requester = createRequester({
    network: { kind: 'public', resolvers: [`${dns.address}:${dns.port}`] },
    retryPolicy: { ...DEFAULT_RETRY_POLICY, base: 1 },
  });
  onTestFinished(() => requester.close());
  return { requester, asked: dns.asked };
}

describe('in the public network', () => {
  it.each(['127.0.0.1', '169.254.169.254', '10.1.2.3', '0.0.0.0', '::1', '::ffff:127.0.0.1', 'fd00::1', 'fe80::1'])(
    'a name that points at %s is refused without a connection',
    async (address) => {
      const { requester, asked } = await publicRequester({ 'cl-o.evil.test': [address] });
      const error = await failureOf(requester.get('https://cl-o.evil.test/api/me'));
      expect(error).toMatchObject({ code: 'network.address-blocked', retryable: false, details: { address } });
      // One question each for A and AAAA: what is checked is the lookup that the connection is made with (no second one
      // that could tell otherwise), and a refusal is no reason to try again, although the policy allows three attempts.
      expect(asked).toHaveLength(2);
    },
  );

  it('one private address among public ones is enough', async () => {
    const { requester } = await publicRequester({ 'cl-o.mixed.test': ['8.8.8.8', '192.168.0.1'] });
    const error = await failureOf(requester.get('https://cl-o.mixed.test/api/me'));
    expect(error.code).toBe('network.address-blocked');
  });

  it.each([
    '127.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '169.254.169.254',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '127.1',
  ])('the address literal %s is refused, which no lookup ever sees', async (host) => {
    const server = createServer(() => expect.unreachable('a connection was made')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { requester, asked } = await publicRequester({});
    const { port } = server.address() as AddressInfo;
    const error = await failureOf(requester.get(`https://${host}:${port}/`));
    expect(error.code).toBe('network.address-blocked');
    expect(asked).toEqual([]);
  });
});

describe('in a sandbox', () => {
  it('exactly the endpoints are exempt: another name at the same address is refused', async () => {
    const lab = await startLab();
    await lab.peer('bob.test', (_, response) => answer(response, 1));
    lab.dns.names.set('other.test', ['127.0.0.1']);
    await expect(lab.requester.get('https://cl-o.bob.test/')).resolves.toMatchObject({ status: 200 });
    await expect(lab.requester.get('https://bob.test/')).resolves.toMatchObject({ status: 200 });
    const error = await failureOf(lab.requester.get('https://other.test/'));
    expect(error.code).toBe('network.address-blocked');
  });

  it('the exemption holds for port 443 of the name, not for other ports', async () => {
    const lab = await startLab();
    const bob = await lab.peer('bob.test', (_, response) => answer(response, 1));
    const error = await failureOf(lab.requester.get(`https://cl-o.bob.test:${bob.port}/`));
    expect(error.code).toBe('network.address-blocked');
  });

  it('the address itself is refused as well', async () => {
    const lab = await startLab();
    const bob = await lab.peer('bob.test', (_, response) => answer(response, 1));
    const error = await failureOf(lab.requester.get(`https://127.0.0.1:${bob.port}/`));
    expect(error.code).toBe('network.address-blocked');
  });

  it('a member whose name DNS does not know is dns.nxdomain, although its endpoint is known', async () => {
    const lab = await startLab();
    const bob = await lab.peer('bob.test', (_, response) => answer(response, 1));
    lab.dns.names.delete('cl-o.bob.test');
    const error = await failureOf(lab.requester.get('https://cl-o.bob.test/'));
    expect(error.code).toBe('dns.nxdomain');
    expect(bob.connections).toBe(0);
  });
});
