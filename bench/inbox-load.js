/**
 * Load generator for bench/inbox.ts, in a process of its own: as little work as a client can do, or it would be measured
 * along with the server on the same cores. Requests come ready-made; of an answer only the status is read.
 *
 * argv: port, connections, file with the requests (NDJSON of strings). Writes one JSON line.
 */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

const [port, connections, file] = process.argv.slice(2);
const requests = readFileSync(file, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => Buffer.from(JSON.parse(line)));
let next = 0;
let accepted = 0;
let other = 0;
let firstOther = '';

function drive() {
  return new Promise((resolve, reject) => {
    const buffer = Buffer.alloc(4096);
    // An answer of the inbox is small: it comes in one piece.
    const onAnswer = (length) => {
      if (buffer.latin1Slice(9, 12) === '202') accepted += 1;
      else {
        other += 1;
        firstOther ||= buffer.toString('utf8', 0, Math.min(length, 600));
      }
      send();
      return true;
    };
    const socket = connect({
      port: Number(port),
      host: '127.0.0.1',
      noDelay: true,
      onread: { buffer, callback: onAnswer },
    });
    const send = () => {
      const request = requests[next++];
      if (request) socket.write(request);
      else socket.end();
    };
    socket.on('connect', send);
    socket.on('error', reject);
    socket.on('close', resolve);
  });
}

const started = process.hrtime.bigint();
await Promise.all(Array.from({ length: Number(connections) }, drive));
const seconds = Number(process.hrtime.bigint() - started) / 1e9;
process.stdout.write(`${JSON.stringify({ seconds, accepted, other, firstOther, cpu: process.cpuUsage() })}\n`);
