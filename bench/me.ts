import { type BesideBare, besideBare } from './beside-bare.ts';
import { HOST } from './inbox-tokens.ts';
import { onOneCore } from './one-core.ts';
import { openClient } from './open-client.ts';
import { processorSeconds } from './process-facts.ts';
import { type BenchResult, type Round, summarize } from './result.ts';

const CONNECTIONS = 32;
/** Until the code of both servers is compiled. */
const WARM_UP = 20_000;
/** Servers that are started, each beside a bare one: V8 doesn't compile the same code equally well each time. */
const ROUNDS = 7;
/** Bursts of a round, to each server. */
const BURSTS = 24;
/** Requests of a burst: V8 collects garbage a few times in it. */
const REQUESTS = 1_500;
const TARGET = 0.75;

/**
 * `GET /api/me` in a second of the server's processor time, against a bare Fastify that answers the same bytes, made before. Both run
 * all the time, with the log as it is by default, and are asked in turns, in short bursts, over connections that stay open. On a machine that
 * does other things as well, the time of the clock would say how much those do. They slow a burst down and never speed it up, so that a
 * round counts the quarter of its bursts that took least.
 */
export async function run(): Promise<BenchResult> {
  const rounds: Round[] = [];
  await onOneCore(async () => {
    while (rounds.length < ROUNDS) rounds.push(await besideBare('info', async () => {}, measure));
  });
  const summary = summarize(rounds);
  return { name: 'me: GET /api/me', unit: 'requests/s', ...summary, target: TARGET, ok: summary.ratio >= TARGET };
}

async function measure({ ours, bare }: BesideBare): Promise<Round> {
  const request = `GET /api/me HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`;
  const asked = [];
  try {
    for (const { port, pid } of [ours, bare]) {
      const client = await openClient(port, CONNECTIONS, request, 200);
      asked.push({ client, pid, seconds: [] as number[] });
      await client.ask(WARM_UP);
    }
    for (let burst = 0; burst < BURSTS; burst += 1) {
      for (const { client, pid, seconds } of asked) {
        const before = processorSeconds(pid);
        await client.ask(REQUESTS);
        seconds.push(processorSeconds(pid) - before);
      }
    }
  } finally {
    for (const { client } of asked) client.end();
  }
  const [value, floor] = asked.map(({ seconds }) => REQUESTS / lowerQuartile(seconds)) as [number, number];
  return { value, floor, ratio: value / floor };
}

function lowerQuartile(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 4)] as number;
}
