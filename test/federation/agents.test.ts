import { once } from 'node:events';
import { get } from 'node:https';
import { expect, it, onTestFinished } from 'vitest';
import { GuardedAgent } from '../../src/federation/agents.ts';
import { createHostResolver } from '../../src/federation/resolver.ts';
import { answer, type Lab, startLab } from './fixtures/lab.ts';

function agentOf(lab: Lab, maxIdle: number): GuardedAgent {
  const resolver = createHostResolver(lab.network);
  const agent = new GuardedAgent(lab.network, resolver, maxIdle);
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
