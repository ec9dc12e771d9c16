// The floor of `bench/me.ts` and `bench/memory.ts`: Fastify that answers `GET /api/me` with bytes made before, and reads the body of
// a `POST /api/inbox`. Prints its port.
import { readFileSync } from 'node:fs';
import fastify from 'fastify';

const body = readFileSync(process.argv[2], 'utf8');
const app = fastify();
app.get('/api/me', (_request, reply) => reply.header('content-type', 'application/json').send(body));
app.post('/api/inbox', (_request, reply) => reply.code(202).send({ data: null }));
await app.listen({ host: '127.0.0.1', port: 0 });
console.log(app.server.address().port);
