/** What a home remembers of a peer after real deliveries have failed: a queue behind a dead peer, and a circuit open since it was mended. */
import { expect, it } from 'vitest';
import { deliverOne } from '../../../src/services/delivery/deliver.ts';
import { examinePeer } from '../../../src/services/doctor/examine-peer.ts';
import { examineHome } from '../../../src/services/doctor/local/examine-home.ts';
import { peerMemory } from '../../../src/services/doctor/local/peer-memory.ts';
import type { Delivery } from '../../../src/store/model/rows.ts';
import { fileSystem } from '../../support/file-system.ts';
import { makeIdentity } from '../../support/lab-identity.ts';
import { explained, startTwoSides } from '../../support/two-sides.ts';
import { serveWell } from '../../support/well-server.ts';

const FOLLOW = { t: 'FLLW', aud: 'alice.test' } as const;
const HOUR = 3_600_000;

/** Bob's home, from which a FLLW to alice couldn't be sent. */
async function undelivered() {
  const sides = await startTwoSides();
  const { port } = sides;
  sides.lab.know('alice.test', 1);
  const delivery = await sides.send(FOLLOW);
  expect(delivery).toMatchObject({ state: 'queued', error: { code: 'network.refused' } });
  return { ...sides, delivery, mend: () => sides.lab.know('alice.test', port) };
}

it('a queue stuck behind a dead peer is a finding of doctor, and explain says what to do', async () => {
  const { lab, bob, delivery } = await undelivered();
  bob.server.facts = { pid: process.pid, url: 'https://127.0.0.1:1', startedAt: bob.clock.wall() };
  await serveWell(lab, { identity: makeIdentity('bob.test') });
  bob.pass(2 * HOUR);
  const { findings } = await examineHome(bob, { minValidity: 0 });
  const stuck = findings.find(({ check }) => check === 'queue');
  expect(stuck).toMatchObject({
    fault: 'queue-stuck',
    evidence: [/^alice\.test fails since/, /^network\.refused/].map((text) => expect.stringMatching(text)),
  });
  expect(stuck?.next).toContain('cloudillo doctor alice.test');
  expect((await explained(bob, delivery.actionId)).story.next).toContain('cloudillo doctor alice.test');
});

it('a circuit that a failure of the peer opened is told as that, and follows from a clock that is wrong', async () => {
  const { lab, alice, bob, send } = await startTwoSides();
  alice.disk.rooms = async () => [fileSystem({ free: 1 })];
  expect(await send(FOLLOW)).toMatchObject({ state: 'queued', error: { code: 'peer.error' } });
  const look = async (ahead = 0) => {
    const open = async () => ({
      ...{ network: lab.network, requester: lab.requester, signIn: null },
      clock: { ...bob.clock, wall: () => bob.clock.wall() + ahead },
      recall: (peer: string) => peerMemory(bob, { peer }),
      close: async () => {},
    });
    return (await examinePeer(open, { idTag: 'alice.test', minValidity: 0 })).findings;
  };
  const [first, ...others] = await look();
  expect(first).toMatchObject({ check: 'memory', fault: 'circuit-failing' });
  expect(first?.evidence.join()).toContain('answered 503');
  expect(`${first?.cause} ${first?.next}`).not.toContain('can be reached again');
  expect(others).toEqual([]);
  const [clock, ...more] = await look(HOUR);
  expect(clock).toMatchObject({
    check: 'clock',
    follows: [{ check: 'memory', fault: 'circuit-failing' }],
  });
  expect(more).toEqual([]);
});

it('a circuit that is open since the peer was mended is the first finding, and its next step ends it', async () => {
  const { lab, bob, delivery, mend } = await undelivered();
  mend();
  const look = async () => {
    const { network } = lab;
    const open = async () => ({
      ...{ network, requester: lab.requester, clock: bob.clock, signIn: null },
      recall: (peer: string) => peerMemory(bob, { peer }),
      close: async () => {},
    });
    return (await examinePeer(open, { idTag: 'alice.test', minValidity: 0 })).findings;
  };
  const [first] = await look();
  expect(first).toMatchObject({ check: 'memory', fault: 'circuit-open' });
  expect(first?.next).toContain('cloudillo deliveries retry --to alice.test');
  await deliverOne(bob, delivery as Delivery);
  expect(await look()).toEqual([]);
});
