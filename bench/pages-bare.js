// The floor of `bench/pages.ts`: Fastify that answers every request with one page of bytes, made before. Prints its port.
import { readFileSync } from 'node:fs';
import fastify from 'fastify';

const page = readFileSync(process.argv[2], 'utf8');
const app = fastify();
app.get('/api/actions', (_request, reply) => reply.header('content-type', 'application/json').send(page));
await app.listen({ host: '127.0.0.1', port: 0 });
console.log(app.server.address().port);
