import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { startDnsServer } from '../../../src/sandbox/dns/server.ts';
import { answerFrom } from '../../../src/sandbox/dns/zone.ts';
import { freePort } from '../../../src/sandbox/network/free-port.ts';

const ADDRESS = '127.0.0.1';

it('is the wanted one when nothing listens there, else another', async () => {
  const wanted = await freePort(ADDRESS, 0);
  expect(await freePort(ADDRESS, wanted)).toBe(wanted);
  const other = createServer().listen(wanted, ADDRESS);
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  expect(await freePort(ADDRESS, wanted)).not.toBe(wanted);
});

it('is none of those that the kernel gives to others while its own server is down', async () => {
  const dns = await startDnsServer({ address: ADDRESS, port: 0, answer: (question) => answerFrom([], question) });
  onTestFinished(() => dns.close());
  for (const port of [dns.port, ...(await Promise.all(Array.from({ length: 20 }, () => freePort(ADDRESS, 0))))]) {
    expect(port).toBeGreaterThanOrEqual(20_000);
    expect(port).toBeLessThan(32_768);
  }
});

it('says when no port can be listened on', async () => {
  await expect(freePort('192.0.2.1', 0)).rejects.toMatchObject({ code: 'network.listen', stage: 'server' });
});
