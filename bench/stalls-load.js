/**
 * Sends requests for bench/stalls.ts, from a process of its own: what a client does isn't the server's. Each message from the parent is
 * one request, as base64 text of its bytes; the answer is the status that came, once all of the answer has.
 *
 * argv: port.
 */
import { connect } from 'node:net';

const port = Number(process.argv[2]);

process.on('message', (base64) => {
  const request = Buffer.from(base64, 'base64');
  const chunks = [];
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => {});
  socket.on('close', () => process.send(Number(Buffer.concat(chunks).toString('latin1', 9, 12)) || 0));
  socket.write(request);
});
process.send('ready');
