import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startInstance } from '../../support/instance.ts';

/** Sends a byte of the head at a time, and never all of it. @returns what came back, and after how many milliseconds the end came */
async function dribble({ patience, pause, first = '' }: { patience?: number; pause: number; first?: string }) {
  const home = await startInstance({ listener: { ...(patience !== undefined && { patience }) } });
  onTestFinished(() => {
    home.app.server.closeAllConnections();
    return home.close();
  });
  await home.app.listen({ host: '127.0.0.1', port: 0 });
  const begun = performance.now();
  const socket = connect((home.app.server.address() as AddressInfo).port, '127.0.0.1');
  // What it writes into a connection that was closed.
  socket.on('error', () => {});
  socket.write(`${first}GET /api/me HTTP/1.1\r\nHost: cl-o.alice.test\r\nX-Slow: `);
  const timer = setInterval(() => void (socket.destroyed || socket.write('x')), pause);
  const answer = await text(socket).finally(() => clearInterval(timer));
  return { answer, took: performance.now() - begun };
}

describe('a head that comes byte by byte', () => {
  it('is answered 408, and the connection ends', async () => {
    const { answer } = await dribble({ patience: 300, pause: 50 });
    expect(answer).toMatch(/^HTTP\/1\.1 408 .*connection: close.*E-NET-TIMEOUT/is);
  });

  it('also behind a request that was answered', async () => {
    const first = 'GET /api/me HTTP/1.1\r\nHost: cl-o.alice.test\r\n\r\n';
    const { answer } = await dribble({ patience: 300, pause: 50, first });
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 408']);
  });

  it('may take 30 seconds, and not a minute', { timeout: 120_000 }, async () => {
    const { answer, took } = await dribble({ pause: 1_000 });
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(took).toBeGreaterThan(29_000);
    expect(took).toBeLessThan(59_000);
  });
});
