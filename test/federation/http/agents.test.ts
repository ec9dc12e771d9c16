import { once } from 'node:events';
import { get } from 'node:https';
import { expect, it, onTestFinished } from 'vitest';
import { GuardedAgent } from '../../../src/federation/http/agents.ts';
import { createHostResolver } from '../../../src/federation/http/host-resolver.ts';
import { answer, type Lab, startLab } from '../../support/lab.ts';

function agentOf(lab: Lab, maxIdle: number): GuardedAgent {
  const resolver = createHostResolver(lab.network);
  const agent = new GuardedAgent(lab.network, resolver, { maxIdle });
  onTestFinished(() => {
    agent.destroy();
    resolver.close();
  });
  return agent;
}

async function fetchFrom(agent: GuardedAgent, url: string): Promise<void> {
  const [response] = await once(get(url, { agent }), 'response');
  response.resume();
  await once(response, 'end');
}

it('keeps so many idle connections over all hosts, and lets go of the one that is idle longest', async () => {
  const lab = await startLab();
  const peers = await Promise.all(
    ['a.test', 'b.test', 'c.test'].map((idTag) => lab.peer(idTag, (_, response) => answer(response, 1))),
  );
  const agent = agentOf(lab, 2);
  const closed = once(peers[0]?.server ?? agent, 'secureConnection').then(([socket]) => once(socket, 'close'));
  for (const name of ['a', 'b', 'c']) await fetchFrom(agent, `https://${name}.test/`);
  await closed;
  await fetchFrom(agent, 'https://b.test/');
  await fetchFrom(agent, 'https://c.test/');
  await fetchFrom(agent, 'https://a.test/');
  expect(peers.map(({ connections }) => connections)).toEqual([2, 1, 1]);
});

it('opens no connection beyond what its requests ask for at once', async () => {
  const lab = await startLab();
  const peer = await lab.peer('a.test', (_, response) => answer(response, 1));
  const agent = agentOf(lab, 2);
  for (let round = 0; round < 3; round++) {
    await Promise.all(Array.from({ length: 2 }, () => fetchFrom(agent, 'https://a.test/')));
  }
  expect(peer.connections).toBe(2);
});

it('never lets go of a connection that is in use again', async () => {
  const lab = await startLab();
  let finish = (): void => {};
  const a = await lab.peer('a.test', ({ url }, response) => {
    if (url === '/slow') finish = () => answer(response, 1);
    else answer(response, 1);
  });
  await lab.peer('b.test', (_, response) => answer(response, 1));
  const agent = agentOf(lab, 1);
  await fetchFrom(agent, 'https://a.test/');
  const slow = fetchFrom(agent, 'https://a.test/slow');
  await expect.poll(() => a.requests.length).toBe(2);
  await fetchFrom(agent, 'https://b.test/');
  finish();
  await slow;
  expect(a.connections).toBe(1);
});

it('does not count connections that the peer has closed', async () => {
  const lab = await startLab();
  const [a, b, c] = await Promise.all(
    ['a.test', 'b.test', 'c.test'].map((idTag) => lab.peer(idTag, (_, response) => answer(response, 1))),
  );
  const agent = agentOf(lab, 2);
  await fetchFrom(agent, 'https://a.test/');
  await fetchFrom(agent, 'https://b.test/');
  await b?.close();
  await expect.poll(() => Object.values(agent.freeSockets).flat().length).toBe(1);
  await fetchFrom(agent, 'https://c.test/');
  await fetchFrom(agent, 'https://a.test/');
  expect([a?.connections, c?.connections]).toEqual([1, 1]);
});

it('opens eight connections to a host at most, and uses them again for those that wait', async () => {
  const lab = await startLab();
  let most = 0;
  let open = 0;
  const peer = await lab.peer('a.test', async (_, response) => {
    open += 1;
    most = Math.max(most, open);
    await new Promise((resolve) => setImmediate(resolve));
    open -= 1;
    answer(response, 1);
  });
  const agent = agentOf(lab, 64);
  await Promise.all(Array.from({ length: 40 }, () => fetchFrom(agent, 'https://a.test/')));
  expect(peer.requests).toHaveLength(40);
  expect(peer.connections).toBe(8);
  expect(most).toBeLessThanOrEqual(8);
});
