import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { DEFAULT_RETRY_POLICY, type RetryPolicy } from '../../../src/federation/http/retry-policy.ts';
import { failureOf } from '../../support/failure.ts';
import { answer, refuse, startLab } from '../../support/lab.ts';

const URL = 'https://cl-o.bob.test/api/me';
const FAST: RetryPolicy = { ...DEFAULT_RETRY_POLICY, base: 1, cap: 2 };

describe('a GET', () => {
  it('that fails twice and then works took three attempts', async () => {
    const lab = await startLab({ retryPolicy: FAST });
    const bob = await lab.peer('bob.test', (_, response) => {
      if (bob.requests.length < 3) refuse(response, 503, 'E-SYS-UNAVAIL');
      else answer(response, 'at last');
    });
    await expect(lab.requester.get(URL)).resolves.toMatchObject({ attempts: 3 });
  });

  it('ends with the last error when attempts run out', async () => {
    const lab = await startLab({ retryPolicy: FAST });
    const bob = await lab.peer('bob.test', (_, response) => refuse(response, 500, 'E-CORE-INTERNAL'));
    expect((await failureOf(lab.requester.get(URL))).code).toBe('peer.error');
    expect(bob.requests).toHaveLength(3);
  });

  it('that is refused for good is made once', async () => {
    const lab = await startLab({ retryPolicy: FAST });
    const bob = await lab.peer('bob.test', (_, response) => refuse(response, 403, 'E-AUTH-NOPERM'));
    await failureOf(lab.requester.get(URL));
    expect(bob.requests).toHaveLength(1);
  });

  it('is made once with retryPolicy null', async () => {
    const lab = await startLab({ retryPolicy: FAST });
    const bob = await lab.peer('bob.test', (_, response) => refuse(response, 503, 'E-SYS-UNAVAIL'));
    await failureOf(lab.requester.get(URL, { retryPolicy: null }));
    expect(bob.requests).toHaveLength(1);
  });

  it('waits as Retry-After says', async () => {
    const lab = await startLab({ retryPolicy: { ...FAST, cap: 2_000 } });
    const bob = await lab.peer('bob.test', (_, response) => {
      if (bob.requests.length === 1) refuse(response, 429, 'E-RATE-LIMITED', { 'retry-after': '1' });
      else answer(response, 1);
    });
    const startedAt = performance.now();
    await expect(lab.requester.get(URL)).resolves.toMatchObject({ attempts: 2 });
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(990);
  });

  it('gives up at once when Retry-After is beyond what it can wait, and passes it on', async () => {
    const lab = await startLab({ retryPolicy: FAST });
    const bob = await lab.peer('bob.test', (_, response) =>
      refuse(response, 429, 'E-RATE-LIMITED', { 'retry-after': '60' }),
    );
    expect(await failureOf(lab.requester.get(URL))).toMatchObject({ retryAfter: 60, retryable: true });
    expect(bob.requests).toHaveLength(1);
  });

  it('reads Retry-After as a date by the clock it was given', async () => {
    const now = Date.UTC(2026, 0, 31, 12, 0, 0);
    const lab = await startLab({ clock: () => now });
    await lab.peer('bob.test', (_, response) =>
      refuse(response, 503, 'E-SYS-UNAVAIL', { 'retry-after': 'Sat, 31 Jan 2026 12:00:30 GMT' }),
    );
    expect(await failureOf(lab.requester.get(URL))).toMatchObject({ retryAfter: 30 });
  });

  it('never takes longer than its limit, however many attempts are left', async () => {
    // After the second attempt half a second is left, less than a pause: no attempt is made that could run into the limit.
    const lab = await startLab({ timeout: 1_500, retryPolicy: { ...FAST, attempts: 1_000, base: 1_000, cap: 1_000 } });
    await lab.peer('bob.test', (_, response) => refuse(response, 503, 'E-SYS-UNAVAIL'));
    const startedAt = performance.now();
    expect((await failureOf(lab.requester.get(URL))).code).toBe('peer.error');
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('is not made again once a sink has got a part of the answer', async () => {
    const lab = await startLab({ retryPolicy: FAST });
    const bob = await lab.peer('bob.test', (_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.socket?.destroy());
    });
    await failureOf(lab.requester.get(URL, { sink: () => {} }));
    expect(bob.requests).toHaveLength(1);
  });

  it('is given up during a pause', async () => {
    const lab = await startLab({ retryPolicy: { ...FAST, base: 60_000, cap: 60_000 }, timeout: 600_000 });
    const controller = new AbortController();
    await lab.peer('bob.test', (_, response) => {
      refuse(response, 503, 'E-SYS-UNAVAIL');
      setTimeout(() => controller.abort(), 20);
    });
    const error = await failureOf(lab.requester.get(URL, { signal: controller.signal }));
    expect(error.code).toBe('network.aborted');
  });
});

describe('a POST', () => {
  it('is made once, unless it says that it may be repeated', async () => {
    const lab = await startLab({ retryPolicy: FAST });
    const bob = await lab.peer('bob.test', (_, response) => refuse(response, 503, 'E-SYS-UNAVAIL'));
    await failureOf(lab.requester.post(URL, {}));
    expect(bob.requests).toHaveLength(1);
    await failureOf(lab.requester.post(URL, {}, { idempotent: true }));
    expect(bob.requests).toHaveLength(4);
  });
});

describe('a kept connection that the peer closes as it is used', () => {
  it('costs no attempt: the call is made once more on a new one', async () => {
    const lab = await startLab();
    const bob = await lab.peer('bob.test', ({ connection, url }, response) => {
      if (connection === 1 && url === '/second') response.socket?.destroy();
      else answer(response, connection);
    });
    await lab.requester.get('https://cl-o.bob.test/first');
    const second = await lab.requester.get('https://cl-o.bob.test/second');
    expect(second).toMatchObject({ attempts: 2, timings: { reused: false } });
    expect(bob.connections).toBe(2);
  });

  it('fails a POST that must not be sent twice', async () => {
    const lab = await startLab();
    const bob = await lab.peer('bob.test', ({ method }, response) => {
      if (method === 'POST') response.socket?.destroy();
      else answer(response, 1);
    });
    await lab.requester.get(URL);
    const error = await failureOf(lab.requester.post(URL, {}));
    expect(error).toMatchObject({ code: 'network.reset', retryable: true });
    expect(bob.requests).toHaveLength(2);
  });
});

describe('close()', () => {
  it('closes kept connections', async () => {
    const lab = await startLab();
    const bob = await lab.peer('bob.test', (_, response) => answer(response, 1));
    const closed = new Promise((resolve) =>
      bob.server.once('secureConnection', (socket) => resolve(once(socket, 'close'))),
    );
    await lab.requester.get(URL);
    lab.requester.close();
    await expect(closed).resolves.toEqual([false]);
  });

  it('gives up what is under way, without another attempt, and takes no more calls', async () => {
    const lab = await startLab({ retryPolicy: FAST });
    const bob = await lab.peer('bob.test', () => lab.requester.close());
    expect((await failureOf(lab.requester.get(URL))).code).toBe('network.aborted');
    expect((await failureOf(lab.requester.get(URL))).code).toBe('network.aborted');
    expect(bob.requests).toHaveLength(1);
  });

  it('ends a pause', async () => {
    const lab = await startLab({ retryPolicy: { ...FAST, base: 60_000, cap: 60_000 }, timeout: 600_000 });
    await lab.peer('bob.test', (_, response) => {
      refuse(response, 503, 'E-SYS-UNAVAIL');
      setTimeout(() => lab.requester.close(), 20);
    });
    expect((await failureOf(lab.requester.get(URL))).code).toBe('network.aborted');
  });
});
