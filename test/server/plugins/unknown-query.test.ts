import type { RouteOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registeredRoutes } from '../../../src/server/openapi/registered-routes.ts';
import { refusesUnknownQuery } from '../../../src/server/plugins/unknown-query.ts';
import { type Instance, startInstance } from '../../support/instance.ts';

const HEADER = 'x-cloudillo-ignored';
let alice: Instance;
let routes: RouteOptions[];
let bearer: string;

beforeAll(async () => {
  alice = await startInstance({ openApi: async () => '{}' });
  bearer = await alice.bearer();
  routes = (await registeredRoutes()).filter(({ method }) => method !== 'HEAD');
});
afterAll(() => alice.close());

function ask({ method, url }: Pick<RouteOptions, 'method' | 'url'>, query: string, headers = {}) {
  return alice.app.inject({
    method: method as 'GET',
    url: `${url.replaceAll(/:\w+/g, 'x')}?${query}`,
    headers: { host: 'cl-o.alice.test', authorization: `Bearer ${bearer}`, ...headers },
  });
}

it('an unknown parameter is refused by name, or listed as ignored, on every route', async () => {
  const told: [string, boolean, boolean][] = [];
  for (const route of routes) {
    const answer = await ask(route, 'zzz=1');
    const isRefused = answer.statusCode === 400 && answer.body.includes('\\"zzz\\"');
    told.push([`${route.method} ${route.url}`, isRefused, answer.headers[HEADER] === 'zzz']);
  }
  expect(told).toEqual(
    routes.map((route) => {
      const refuses = refusesUnknownQuery(route);
      return [`${route.method} ${route.url}`, refuses, !refuses];
    }),
  );
});

it('the routes of peers and guests ignore it, those of the owner alone, and the list of actions, refuse it', () => {
  const names = (refuse: boolean) =>
    routes.filter((route) => refusesUnknownQuery(route) === refuse).map(({ method, url }) => `${method} ${url}`);
  const peers = ['GET /api/me', 'POST /api/inbox', 'POST /api/inbox/sync', 'GET /api/outbox'];
  const ofOwner = ['PATCH /api/me', 'GET /api/profiles', 'GET /api/files', 'POST /api/actions', 'GET /api/actions'];
  expect(names(false)).toEqual(expect.arrayContaining([...peers, 'GET /api/auth/access-token', 'GET /ws/bus']));
  expect(names(true)).toEqual(expect.arrayContaining(ofOwner));
});

describe('a refusal', () => {
  it('names the parameter that was meant', async () => {
    const { statusCode, body } = await ask({ method: 'GET', url: '/api/profiles' }, 'folowing=true');
    expect(statusCode).toBe(400);
    expect(JSON.parse(body).error.message).toContain('"following"');
  });

  it('comes before anything is changed', async () => {
    const { statusCode } = await alice.app.inject({
      method: 'PATCH',
      url: '/api/me?dryRun=true',
      headers: { host: 'cl-o.alice.test', authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      payload: JSON.stringify({ name: 'Changed' }),
    });
    expect(statusCode).toBe(400);
    expect((await alice.identities.read('alice.test'))?.name).not.toBe('Changed');
  });
});

describe('the list of ignored names', () => {
  it('is bounded, and safe in a header', async () => {
    const many = Array.from({ length: 50 }, (_, index) => `p${index}=1`).join('&');
    const { headers } = await ask({ method: 'GET', url: '/api/me' }, many);
    expect(String(headers[HEADER]).split(', ')).toHaveLength(10);
    const odd = await ask({ method: 'GET', url: '/api/me' }, `a%0D%0Ab=1&%F0%9F%98%80=2&${'x'.repeat(500)}=3`);
    expect(odd.headers[HEADER]).toBe(`a%0D%0Ab, ${encodeURIComponent('😀')}, ${'x'.repeat(64)}`);
  });

  it('is absent where every parameter is known', async () => {
    const { headers, statusCode } = await ask({ method: 'GET', url: '/api/actions' }, 'limit=1');
    expect([statusCode, headers[HEADER]]).toEqual([200, undefined]);
  });
});
