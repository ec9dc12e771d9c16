/**
 * Load generator for bench/inbox.ts and others, in a process of its own: as little work as a client can do, or it would be measured
 * along with the server on the same cores. Requests come ready-made; of an answer only the status is read. One process for all
 * rounds, for the same reason as the server: what is measured is code that runs, not code that is being compiled.
 *
 * argv: port, connections, host, file of a certificate authority (empty: plain HTTP). Each line of standard input is JSON and names
 * a file with requests (NDJSON of strings) and the status of a good answer. The requests are sent, and answered with one JSON line.
 */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { connect as connectTls } from 'node:tls';

const [port, connections, host, caFile] = process.argv.slice(2);
const ca = caFile ? readFileSync(caFile) : null;

for await (const line of createInterface(process.stdin)) {
  const { file, status } = JSON.parse(line);
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const report = await send(
    lines.map((request) => Buffer.from(JSON.parse(request))),
    String(status),
  );
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

async function send(requests, good) {
  const report = { seconds: 0, accepted: 0, other: 0, firstOther: '' };
  let next = 0;

  function drive() {
    return new Promise((resolve, reject) => {
      const buffer = Buffer.alloc(4096);
      // An answer of the inbox is small: it comes in one piece.
      const onAnswer = (length) => {
        if (buffer.latin1Slice(9, 12) === good) report.accepted += 1;
        else {
          report.other += 1;
          report.firstOther ||= buffer.toString('utf8', 0, Math.min(length, 600));
        }
        ask();
        return true;
      };
      const to = { port: Number(port), host: '127.0.0.1', noDelay: true, onread: { buffer, callback: onAnswer } };
      const socket = ca ? connectTls({ ...to, ca, servername: host }) : connect(to);
      const ask = () => {
        const request = requests[next++];
        if (request) socket.write(request);
        else socket.end();
      };
      socket.on(ca ? 'secureConnect' : 'connect', ask);
      socket.on('error', reject);
      socket.on('close', resolve);
    });
  }

  const started = process.hrtime.bigint();
  await Promise.all(Array.from({ length: Number(connections) }, drive));
  report.seconds = Number(process.hrtime.bigint() - started) / 1e9;
  return report;
}
