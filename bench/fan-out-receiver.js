/**
 * The followers' instances for bench/fan-out.ts, in one process: HTTPS that answers every inbox 202, and the name server of their
 * network. argv: file with the certificates (JSON: { certificates: [{ cert, key }], perCertificate }). Talks over IPC: says where
 * it listens; told how many requests to expect, answers how many seconds lay between the first and the last of them.
 */
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createSecureContext } from 'node:tls';

const { certificates, perCertificate } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const contexts = certificates.map((certificate) => createSecureContext(certificate));

/** Follower 123 is `f123.test`. */
function contextOf(host) {
  const number = Number(/^cl-o\.f(\d+)\.test$/.exec(host)?.[1]);
  return contexts[Math.floor(number / perCertificate)];
}

const ANSWER = JSON.stringify({ data: null, time: '2026-01-31T12:00:00Z', reqId: 'bench' });
const HEADERS = { 'Content-Type': 'application/json', 'Content-Length': ANSWER.length };

let expected = 0;
let seen = new Set();
let startedAt = 0n;

function count(host) {
  if (seen.size === 0) startedAt = process.hrtime.bigint();
  seen.add(host);
  if (seen.size < expected) return;
  process.send({ seconds: Number(process.hrtime.bigint() - startedAt) / 1e9, followers: seen.size });
  seen = new Set();
}

const server = createServer(
  { ...certificates[0], SNICallback: (host, done) => done(null, contextOf(host)) },
  (request, response) => {
    let token = '';
    request.on('data', (chunk) => {
      token += chunk;
    });
    request.on('end', () => {
      response.writeHead(202, HEADERS).end(ANSWER);
      if (JSON.parse(token).token) count(request.headers.host);
    });
  },
);
server.keepAliveTimeout = 60_000;

// Every name has the address 127.0.0.1, and no other record.
const names = createSocket('udp4');
names.on('message', (query, from) => {
  const end = query.indexOf(0, 12) + 5;
  const isAddress = query.readUInt16BE(end - 4) === 1;
  const reply = Buffer.concat([
    query.subarray(0, end),
    ...(isAddress ? [Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1])] : []),
  ]);
  reply.writeUInt16BE(0x8180, 2);
  reply.writeUInt16BE(isAddress ? 1 : 0, 6);
  reply.writeUInt32BE(0, 8);
  names.send(reply, from.port, from.address);
});

process.on('message', (message) => {
  expected = message.expect;
});
names.bind(0, '127.0.0.1', () => {
  server.listen(0, '127.0.0.1', 4096, () => {
    process.send({ port: server.address().port, dns: names.address().port });
  });
});
