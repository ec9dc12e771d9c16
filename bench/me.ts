import { join } from 'node:path';
import { type BesideBare, besideBare } from './beside-bare.ts';
import { HOST } from './inbox-tokens.ts';
import { startLoad } from './load-generator.ts';
import { processFacts } from './process-facts.ts';
import { type BenchResult, type Round, summarize } from './result.ts';

const CONNECTIONS = 32;
/** Until the code of both servers is compiled. */
const WARM_UP = 20_000;
const ROUNDS = 9;
const REQUESTS = 8_000;
const TARGET = 0.75;

/**
 * `GET /api/me` in a second of the server's processor time, against a bare Fastify that answers the same body, made before. Both run
 * all the time, with the log as it is by default, and are asked in turns over connections that stay open. On a machine that does other
 * things as well, the time of the clock would say how much those do.
 */
export async function run(): Promise<BenchResult> {
  const rounds = await besideBare('info', async () => {}, measure);
  const summary = summarize(rounds);
  return { name: 'me: GET /api/me', unit: 'requests/s', ...summary, target: TARGET, ok: summary.ratio >= TARGET };
}

async function measure({ folder, ours: server, bare }: BesideBare): Promise<Round[]> {
  const file = join(folder, 'requests.ndjson');
  const both = [server, bare].map((one) => {
    const generator = startLoad({ connections: CONNECTIONS, host: HOST, port: one.port }, file);
    return { generator, pid: one.pid };
  });
  type Asked = (typeof both)[number];
  const ask = async ({ generator, pid }: Asked, count: number): Promise<number> => {
    const before = processFacts(pid).seconds;
    await generator.load(Array<string>(count).fill(`GET /api/me HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`), 200);
    return count / (processFacts(pid).seconds - before);
  };
  const [ours, floors] = both as [Asked, Asked];
  try {
    for (const one of both) await ask(one, WARM_UP);
    const rounds: Round[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const value = await ask(ours, REQUESTS);
      const floor = await ask(floors, REQUESTS);
      rounds.push({ value, floor, ratio: value / floor });
    }
    return rounds;
  } finally {
    for (const { generator } of both) generator.end();
  }
}
