// The floor of `bench/me.ts` and `bench/memory.ts`: Fastify that answers `GET /api/me` with the bytes of our answer, made before: its
// body and its headers, the request ID a fixed one. It reads the body of a `POST /api/inbox`. Prints its port.
import { readFileSync } from 'node:fs';
import fastify from 'fastify';

const { headers, body } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const app = fastify();
app.get('/api/me', (_request, reply) => reply.headers(headers).send(body));
app.post('/api/inbox', (_request, reply) => reply.code(202).send({ data: null }));
await app.listen({ host: '127.0.0.1', port: 0 });
console.log(app.server.address().port);
