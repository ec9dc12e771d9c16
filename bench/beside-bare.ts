import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initInstance } from '../src/services/home/init.ts';
import { systemClock } from '../src/services/runtime/system-clock.ts';
import { answerOf, type BenchServer, serveHome, serveScript } from './bench-server.ts';
import { HOST, TENANT } from './inbox-tokens.ts';

/** A server, and the bare Fastify that it is held against (`bench/me-bare.js`). */
export interface BesideBare {
  /** For files of the benchmark. */
  folder: string;
  ours: BenchServer;
  bare: BenchServer;
}

/**
 * Runs `measure` with both servers, then stops them and removes their files.
 * @param level what our server logs
 * @param prepare prepares the home, before it is served
 */
export async function besideBare<Prepared, Result>(
  level: string,
  prepare: (home: string) => Promise<Prepared>,
  measure: (both: BesideBare, prepared: Prepared) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'cloudillo-bench-'));
  const servers: BenchServer[] = [];
  try {
    const home = join(folder, 'home');
    await initInstance({ home, clock: systemClock }, { idTag: TENANT });
    const prepared = await prepare(home);
    const ours = await serveHome(home, ['--plain-http'], level);
    servers.push(ours);
    const answer = join(folder, 'me.json');
    await writeFile(answer, JSON.stringify(await answerOf(ours.port, HOST, '/api/me')));
    const bare = await serveScript('bench/me-bare.js', answer);
    servers.push(bare);
    return await measure({ folder, ours, bare }, prepared);
  } finally {
    for (const server of servers) await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
