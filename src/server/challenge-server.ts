/** Answers a certificate authority that asks over plain HTTP (HTTP-01, RFC 8555, section 8.3), and nobody else. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { errorToObject } from '../protocol/errors.ts';
import type { Challenges } from '../services/certificates/challenges.ts';
import type { Log } from '../services/runtime/deps.ts';
import { limitConnections } from './guard/connection-limit.ts';

const PLACE = '/.well-known/acme-challenge/';
/** The most connections at once. An authority asks from a few places. */
const MAX_CONNECTIONS = 64;
/** Of one address: nobody can keep an authority away alone. */
const MAX_OF_ADDRESS = 8;

/** Listens. It throws the error of the system call. */
export async function startChallengeServer(
  challenges: Pick<Challenges, 'answerTo'>,
  { host, port, log }: { host: string; port: number; log: Log },
): Promise<Server> {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, (request, response) => {
    const path = request.url ?? '';
    const answer = path.startsWith(PLACE) ? challenges.answerTo(path.slice(PLACE.length)) : null;
    response.writeHead(answer === null ? 404 : 200, { 'content-type': 'text/plain', connection: 'close' });
    response.end(answer ?? 'Nothing here: this server speaks HTTPS.\n');
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.listen(port, host);
  await once(server, 'listening');
  limitConnections(server, { most: MAX_OF_ADDRESS, trusted: [], log });
  let isTold = false;
  // Without a listener the first connection that can't be accepted would end the process: it may open no more files.
  server.on('error', (error) => {
    if (!isTold) log('warn', 'a certificate authority may get no answer over HTTP', { error: errorToObject(error) });
    isTold = true;
  });
  return server;
}
