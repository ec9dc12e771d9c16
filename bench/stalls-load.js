/**
 * Sends requests for bench/stalls.ts, from a process of its own: what a client does isn't the server's. Each message from the parent is
 * one request, as base64 text of its bytes, and how many clients send it together; the answer is the status that came to the last of
 * them, once all have their answers.
 *
 * argv: port.
 */
import { connect } from 'node:net';

const port = Number(process.argv[2]);

function ask(request) {
  return new Promise((resolve) => {
    const chunks = [];
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => {});
    socket.on('close', () => resolve(Number(Buffer.concat(chunks).toString('latin1', 9, 12)) || 0));
    socket.write(request);
  });
}

process.on('message', async ({ bytes, together }) => {
  const request = Buffer.from(bytes, 'base64');
  const statuses = await Promise.all(Array.from({ length: together }, () => ask(request)));
  process.send(statuses.at(-1));
});
process.send('ready');
