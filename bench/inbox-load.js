/**
 * Load generator for bench/inbox.ts, in a process of its own: as little work as a client can do, or it would be measured
 * along with the server on the same cores. Requests come ready-made; of an answer only the status is read. One process for all
 * rounds, for the same reason as the server: what is measured is code that runs, not code that is being compiled.
 *
 * argv: port, connections. Each line of standard input names a file with requests (NDJSON of strings), which are sent, and
 * answered with one JSON line.
 */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

const [port, connections] = process.argv.slice(2);

for await (const file of createInterface(process.stdin)) {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const report = await send(lines.map((line) => Buffer.from(JSON.parse(line))));
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

async function send(requests) {
  const report = { seconds: 0, accepted: 0, other: 0, firstOther: '' };
  let next = 0;

  function drive() {
    return new Promise((resolve, reject) => {
      const buffer = Buffer.alloc(4096);
      // An answer of the inbox is small: it comes in one piece.
      const onAnswer = (length) => {
        if (buffer.latin1Slice(9, 12) === '202') report.accepted += 1;
        else {
          report.other += 1;
          report.firstOther ||= buffer.toString('utf8', 0, Math.min(length, 600));
        }
        ask();
        return true;
      };
      const socket = connect({
        port: Number(port),
        host: '127.0.0.1',
        noDelay: true,
        onread: { buffer, callback: onAnswer },
      });
      const ask = () => {
        const request = requests[next++];
        if (request) socket.write(request);
        else socket.end();
      };
      socket.on('connect', ask);
      socket.on('error', reject);
      socket.on('close', resolve);
    });
  }

  const started = process.hrtime.bigint();
  await Promise.all(Array.from({ length: Number(connections) }, drive));
  report.seconds = Number(process.hrtime.bigint() - started) / 1e9;
  return report;
}
