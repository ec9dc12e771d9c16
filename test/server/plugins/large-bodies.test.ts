import fastify from 'fastify';
import { expect, it, onTestFinished } from 'vitest';
import { BODY_LIMIT, parseJson } from '../../../src/server/plugins/json-body.ts';

it('a large body is decoded in parts, and is what was sent, wherever a character is cut', async () => {
  const app = fastify({ bodyLimit: BODY_LIMIT });
  onTestFinished(() => app.close());
  parseJson(app as never, {} as never);
  app.post('/', { config: { body: 'inbox' } as never }, (request, reply) => reply.send(request.body));
  const texts = ['é'.repeat(400_000), `x${'é'.repeat(400_000)}`, '😀'.repeat(200_000), `xx${'漢'.repeat(300_000)}`];
  for (const text of texts) {
    const headers = { 'content-type': 'application/json' };
    const answer = await app.inject({ method: 'POST', url: '/', headers, payload: JSON.stringify({ text }) });
    expect(answer.json().text === text).toBe(true);
  }
  const broken = Buffer.concat([Buffer.from('{"text":"'), Buffer.alloc(300_000, 0xff), Buffer.from('"}')]);
  const answer = await app.inject({
    method: 'POST',
    url: '/',
    headers: { 'content-type': 'application/json' },
    payload: broken,
  });
  expect(answer.json().text === JSON.parse(broken.toString()).text).toBe(true);
});
