import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { onTestFinished } from 'vitest';

/** More than the kernel queues for a backlog of 1. */
const FILLING = 4;

/** Listens, and never accepts: its thread sleeps. */
const LISTENER = `
  const { parentPort, workerData } = require('node:worker_threads');
  const server = require('node:net').createServer();
  server.listen({ ...workerData, backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    // What the queue of the kernel can't hold any more is dropped without a word.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;

/** An address of loopback that drops what comes, as a firewall does: neither accepted nor refused. @returns its port */
export async function startBlackhole(host: string, port = 0): Promise<number> {
  const worker = new Worker(LISTENER, { eval: true, workerData: { host, port } });
  const [listening] = (await once(worker, 'message')) as [number];
  const filling: Socket[] = [];
  onTestFinished(async () => {
    for (const socket of filling) socket.destroy();
    await worker.terminate();
  });
  for (let i = 0; i < FILLING; i++) {
    filling.push(connect({ host, port: listening }).on('error', () => undefined));
  }
  await dropping(host, listening);
  return listening;
}

/** Resolves when a connection has waited for an answer for longer than loopback ever takes. */
async function dropping(host: string, port: number): Promise<void> {
  for (;;) {
    const probe = connect({ host, port });
    probe.on('error', () => undefined);
    const accepted = await Promise.race([
      once(probe, 'connect').then(() => true),
      new Promise<boolean>((resolve) => setTimeout(resolve, 100, false)),
    ]);
    probe.destroy();
    if (!accepted) return;
  }
}
