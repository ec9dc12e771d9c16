/**
 * Listeners for bench/bus.ts, in a process of their own: as little work as a client can do. A frame that is complete is
 * counted, and its arrival noted; the answer to the handshake is skipped.
 *
 * argv: port, path, host, listeners, bytes of a frame on the wire. Over IPC: `ready` once all are open; `{ event }` once all
 * have got one; on `end` the arrival times of all (nanoseconds of the machine's clock), event by event.
 */
import { connect } from 'node:net';

const [port, path, host, listeners, frameBytes] = process.argv.slice(2);
const count = Number(listeners);
const size = Number(frameBytes);
const arrivals = [];
let open = 0;

function arrived(event) {
  arrivals[event] ??= [];
  const times = arrivals[event];
  times.push(Number(process.hrtime.bigint()));
  if (times.length === count) process.send({ event });
}

function listen() {
  const socket = connect(Number(port), '127.0.0.1');
  socket.setNoDelay(true);
  let handshake = '';
  let bytes = 0;
  let events = 0;
  socket.on('connect', () => {
    const key = Buffer.alloc(16, 'k').toString('base64');
    const head = [`GET ${path} HTTP/1.1`, `Host: ${host}`, 'Connection: Upgrade', 'Upgrade: websocket'];
    socket.write([...head, 'Sec-WebSocket-Version: 13', `Sec-WebSocket-Key: ${key}`, '', ''].join('\r\n'));
  });
  socket.on('data', (chunk) => {
    if (handshake !== null) {
      handshake += chunk.toString('latin1');
      if (!handshake.endsWith('\r\n\r\n')) return;
      if (!handshake.startsWith('HTTP/1.1 101')) throw new Error(handshake);
      handshake = null;
      open += 1;
      if (open === count) process.send({ ready: true });
      else if (open % 50 === 0) for (let index = 0; index < 50; index++) next();
      return;
    }
    bytes += chunk.length;
    for (; bytes >= size; bytes -= size) arrived(events++);
  });
}

let asked = 0;
function next() {
  if (asked >= count) return;
  asked += 1;
  listen();
}

for (let index = 0; index < 50; index++) next();
process.on('message', () => process.send({ arrivals }, () => process.exit(0)));
