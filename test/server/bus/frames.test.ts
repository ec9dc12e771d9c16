import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Instance, type Peer, startInstance } from '../../support/instance.ts';
import { PROJECT_ROOT } from '../../support/run-cli.ts';
import { arriveAt, type BusClient, dial } from './client.ts';

interface Recorded {
  out?: string;
  in?: string;
  case?: string;
  close?: number;
  reason?: string;
}

const { frames } = JSON.parse(readFileSync(join(PROJECT_ROOT, 'test/vectors/bus.json'), 'utf8')) as {
  frames: Recorded[];
};
const recordedActions = frames
  .map((frame) => JSON.parse(frame.in ?? 'null'))
  .filter((frame) => frame?.cmd === 'ACTION' && frame.data.type !== 'PRES');

let alice: Instance;
let dave: Peer;
let client: BusClient;

beforeAll(async () => {
  alice = await startInstance();
  dave = alice.peer('dave.test');
  client = await dial(alice, { token: await alice.bearer() });
});
afterAll(() => alice.close());

const arrive = (token: string) => arriveAt(alice, token);

it('answers every recorded command as the network does', async () => {
  for (const [index, { out }] of frames.entries()) {
    if (out === undefined) continue;
    client.socket.send(out);
    const answer = frames[index + 1]?.in;
    if (answer?.includes('"ack"')) expect(JSON.stringify(await client.next())).toBe(answer);
  }
  const before = client.frames.length;
  for (const ignored of ['', '[]', '"x"', 'null', '{}', '{"id":1,"cmd":"ping"}', '{"id":"x"}'])
    client.socket.send(ignored);
  await client.ping();
  expect(client.frames.length).toBe(before + 1);
});

it.each(frames.filter((frame) => frame.close !== undefined))('opens, and closes at once: $case', async (recorded) => {
  const { closed } = await dial(alice, recorded.case === 'bad token' ? { token: 'bad' } : {});
  expect(await closed).toEqual({ code: recorded.close, reason: recorded.reason });
});

it('tells of a new action in the recorded shape', async () => {
  await arrive(await dave.sign({ t: 'FLLW', aud: 'alice.test', c: 'Hi there', v: 'F' }));
  const frame = await client.next();
  const [recorded] = recordedActions;
  expect(Object.keys(frame)).toEqual(Object.keys(recorded));
  expect(frame.id).toMatch(/^[A-Za-z0-9]{24}$/);
  expect(frame.cmd).toBe('ACTION');
  const varying = { actionId: '', createdAt: '', receivedAt: '' };
  expect({ ...frame.data, ...varying }).toEqual({ ...recorded.data, ...varying });
  expect(Object.keys(frame.data)).toEqual(Object.keys(recorded.data));
});

it('passes on what is never stored, with nulls, as recorded', async () => {
  const recorded = frames
    .map(({ in: text }) => JSON.parse(text ?? 'null'))
    .find((frame) => frame?.data?.type === 'PRES');
  const { actionId, issuer, audience, subject, createdAt } = recorded.data;
  alice.live.announce({
    kind: 'ephemeral',
    tenant: 'alice.test',
    actionId,
    claims: {
      iss: issuer.idTag,
      aud: audience.idTag,
      k: 'x',
      t: 'PRES:TYPING',
      sub: subject,
      iat: Date.parse(createdAt) / 1000,
    },
  });
  const frame = await client.next();
  expect(JSON.stringify({ ...frame, id: recorded.id })).toBe(JSON.stringify(recorded));
});

it('tells a status that changed, and the deletion of what was shown', async () => {
  const id = await arrive(await dave.sign({ t: 'CONN', aud: 'alice.test' }));
  expect((await client.next()).data).toMatchObject({ actionId: id, status: 'C' });
  const at = { tenant: 'alice.test', actionId: id };
  for (const status of ['A', 'D'] as const) {
    await alice.store.append([{ kind: 'status', ...at, status, at: alice.clock.now }]);
    alice.live.announce({ kind: 'status', ...at });
    expect((await client.next()).data).toMatchObject({ actionId: id, status });
  }
});
