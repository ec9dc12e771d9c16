import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { deliverNow } from '../../../src/services/delivery/deliver-now.ts';
import { follow } from '../../../src/services/relating/follow.ts';
import { unfollow } from '../../../src/services/relating/unfollow.ts';
import { withRequestLimits } from '../../../src/services/runtime/request-limits.ts';
import type { Settings } from '../../../src/store/settings/settings.ts';
import { codeOf } from '../../support/codes.ts';
import { startLab } from '../../support/lab.ts';
import { ownInstance } from '../../support/own-instance.ts';

/** A peer that takes connections and never says anything. */
async function hangingPeer(): Promise<number> {
  const server = createServer(() => {}).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as { port: number }).port;
}

describe('limits of a command', () => {
  it('hold for each request, wherever the work is done', async () => {
    const lab = await startLab();
    const own = await ownInstance(lab);
    await own.serve('alice.test');
    lab.know('hang.test', await hangingPeer());
    // Long enough that the peer is what doesn't answer in time, and not the lab's name server on a busy machine.
    const timeout = 1500;
    const limits = { peer: 'hang.test', timeout };
    const followed = await follow(own, limits, own.emit);
    expect(followed).toMatchObject({
      outcome: 'queued',
      error: { code: 'network.timeout', details: { timeout } },
    });
    const { reports } = await deliverNow(own, { timeout }, own.emit);
    expect(reports).toMatchObject([{ state: 'queued', error: { details: { timeout } } }]);
    const unfollowed = await unfollow(own, limits, own.emit);
    expect(unfollowed).toMatchObject({ outcome: 'queued', error: { details: { timeout } } });
  });

  it('refuse another network than the one that the owner of the home is in', async () => {
    const own = await ownInstance(await startLab());
    const inSandbox = { ...own, settings: { ...own.settings, network: '/sandbox/network.json' } as Settings };
    expect(codeOf(() => withRequestLimits(own, { network: '/sandbox/network.json' }))).toBe('usage.network');
    expect(codeOf(() => withRequestLimits(inSandbox, { network: '/other.json' }))).toBe('usage.network');
    expect(withRequestLimits(inSandbox, { network: '/sandbox/network.json' })).toBe(inSandbox);
    expect(withRequestLimits(own, {})).toBe(own);
  });
});
