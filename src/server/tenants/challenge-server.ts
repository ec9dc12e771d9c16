/** Answers a certificate authority that asks over plain HTTP (HTTP-01, RFC 8555, section 8.3), and nobody else. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { Challenges } from '../../services/certificates/challenges.ts';

const PLACE = '/.well-known/acme-challenge/';
/** The most connections at once. An authority asks from a few places. */
const MAX_CONNECTIONS = 64;

/** Listens. It throws the error of the system call. */
export async function startChallengeServer(
  challenges: Pick<Challenges, 'answerTo'>,
  { host, port }: { host: string; port: number },
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
  return server;
}
