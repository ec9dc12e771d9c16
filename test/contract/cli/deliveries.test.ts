import { Chalk } from 'chalk';
import { describe, expect, it } from 'vitest';
import { renderDeliveries } from '../../../src/cli/render/deliveries.ts';
import { startLab } from '../../support/lab.ts';
import { makeIdentity, networkFile, servePeer } from '../../support/lab-identity.ts';
import { inboxAnswers, posted } from '../../support/own-instance.ts';
import { schemaProblems } from '../../support/schemas.ts';
import { ownHome, serveOwn } from './own-home.ts';

const DELIVERY = {
  actionId: 'a1~x',
  type: 'FLLW',
  to: 'bob.test',
  state: 'delivered' as const,
  attempts: 1,
  nextAt: null,
  queuedAt: '2026-01-31T12:00:00.000Z',
  changedAt: '2026-01-31T12:00:00.000Z',
  error: null,
};

/** A home whose follow of bob waits: bob answers so; each attempt makes three requests. */
async function setUp(...statuses: number[]) {
  const lab = await startLab();
  const own = await ownHome('alice.test');
  const peer = await servePeer(lab, makeIdentity('bob.test'), inboxAnswers(...statuses));
  await serveOwn(lab, own, 'alice.test');
  const network = ['--network', networkFile(lab), '--timeout', '15s'];
  const followed = await own.run(['follow', 'bob.test', '--json', ...network]);
  return { own, peer, network, actionId: String(followed.json.actionId) };
}

describe('deliveries', () => {
  it('lists what waits and why, retries it, and shows that it arrived', async () => {
    const { own, peer, network, actionId } = await setUp(503, 503, 503, 503, 503, 503, 202);
    const listed = await own.run(['deliveries']);
    expect(listed.code).toBe(0);
    const [head, line] = listed.stdout.split('\n');
    expect(head).toMatch(/^ACTION +TYPE +TO +STATE +TRIES +NEXT +LAST ERROR$/);
    expect(line).toMatch(new RegExp(`^${actionId} +FLLW +bob\\.test +queued +1 +in \\d+ s +peer\\.error: `));
    const json = await own.run(['deliveries', 'list', '--state', 'queued', '--to', 'bob.test', '--json']);
    expect(json.json).toMatchObject({ actionId, state: 'queued', attempts: 1, error: { code: 'peer.error' } });
    for (const schema of ['deliveries', 'deliveries-list']) expect(schemaProblems(schema, json.json)).toEqual([]);

    const failed = await own.run(['deliveries', 'retry', actionId.slice(0, 9), '--json', ...network]);
    expect(failed.code).toBe(4);
    expect(failed.json).toMatchObject({ state: 'queued', attempts: 2, error: { code: 'peer.error' } });
    expect(schemaProblems('deliveries-retry', failed.json)).toEqual([]);
    const sent = await own.run(['deliveries', 'retry', '--all', ...network]);
    expect(sent).toMatchObject({ code: 0, stdout: expect.stringMatching(/^delivered {3}alice\.test → bob\.test/) });
    expect(new Set(posted(peer)).size).toBe(1);
    const nothing = await own.run(['deliveries', 'retry', '--all', ...network]);
    expect(nothing).toMatchObject({ code: 0, stdout: '', stderr: 'There is nothing to try again.\n' });
    const typo = await own.run(['deliveries', 'retry', '--to', 'bobby', ...network]);
    expect(typo).toMatchObject({ code: 0, stdout: '', stderr: 'There is nothing to try again for bobby.\n' });
  });

  it('tells whose they are, where several identities send', () => {
    const colors = new Chalk({ level: 0 });
    const from = (tenant: string) => ({ ...DELIVERY, tenant });
    expect(renderDeliveries([from('alice.test'), from('alice.test')], 0, colors).join('\n')).not.toContain('FROM');
    const [head, ...lines] = renderDeliveries([from('alice.test'), from('anna.test')], 0, colors);
    expect(head).toMatch(/^ACTION +TYPE +FROM +TO +STATE/);
    expect(lines.map((line) => line.split(/ +/)[2])).toEqual(['alice.test', 'anna.test']);
  });

  it('drops what waits', async () => {
    const { own, actionId } = await setUp(503);
    const dropped = await own.run(['deliveries', 'drop', '--to', 'bob.test', '--json']);
    expect(dropped).toMatchObject({ code: 0, json: { actionId, state: 'dropped', nextAt: null } });
    expect(schemaProblems('deliveries-drop', dropped.json)).toEqual([]);
    expect((await own.run(['relations'])).stdout).toBe('');
    const again = await own.run(['deliveries', 'drop', '--all']);
    expect(again).toMatchObject({ code: 0, stdout: '', stderr: 'No matching deliveries are queued.\n' });
    expect((await own.run(['deliveries', '--state', 'queued'])).stderr).toBe('No matching deliveries.\n');
  });

  it('shows a follow that the unfollow replaced as superseded, and does not send it again', async () => {
    const { own, peer, network, actionId } = await setUp(503, 503, 503, 202);
    await own.run(['unfollow', 'bob.test', ...network]);
    const listed = await own.run(['deliveries', '--state', 'superseded', '--json']);
    expect(listed).toMatchObject({ code: 0, json: { actionId, state: 'superseded', nextAt: null } });
    expect(schemaProblems('deliveries', listed.json)).toEqual([]);
    const count = posted(peer).length;
    const retried = await own.run(['deliveries', 'retry', '--all', ...network]);
    expect(retried).toMatchObject({ code: 0, stderr: 'There is nothing to try again.\n' });
    expect(posted(peer)).toHaveLength(count);
  });

  it.each([
    [2, 'usage.missing', ['retry']],
    [2, 'usage.missing', ['drop', '--as', 'alice.test']],
    [2, 'usage.action-id', ['drop', 'first']],
    [2, 'usage.id-tag', ['list', '--to', '-']],
    [2, 'usage.value', ['list', '--state', 'lost']],
    [8, 'store.no-action', ['retry', 'a1~AAAA']],
    [8, 'home.identity-missing', ['list', '--as', 'carol.test']],
  ])('ends with %i for %s: %j', async (code, error, args) => {
    const own = await ownHome('alice.test');
    const result = await own.run(['deliveries', ...args, '--json']);
    expect(result).toMatchObject({ code, json: { error: { code: error } } });
  });
});
